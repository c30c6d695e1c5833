/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Any response but the plain one, on its way: built when its turn comes, then sent in pieces. A long body is
 * made of one shared pattern. */
#ifndef VASTAR_SERVE_REPLY_H
#define VASTAR_SERVE_REPLY_H

#include <sys/uio.h>
#include <sys/socket.h>

#include "serve/response.h"

enum { REPLY_IOV = 18, REPLY_PIECE_MAX = 1 << 18 };

enum reply_step {
	REPLY_SEND, /* iov[0..iov_count) is to be sent */
	REPLY_WAIT, /* nothing before due_ns */
	REPLY_DONE,
};

/* One response; a connection has a list of them. */
struct reply {
	struct reply *next;
	struct response response; /* its text points to `text` */
	char *bytes;		  /* rendered: head and short body */
	uint32_t length, sent;
	uint64_t left;	      /* of the body that comes from the pattern */
	uint64_t chunk_left;  /* of the chunk under way */
	uint64_t chunk_bytes; /* payload of a whole chunk */
	uint64_t payload;     /* bytes of the pattern so far */
	uint64_t due_ns;      /* of the next chunk or of the rest of the head */
	bool rendered;
	bool paced;	/* there are gaps */
	bool may_start; /* the next chunk's instant has come */
	bool framed;	/* chunked coding */
	bool ended;	/* the last chunk is out */
	bool uncounted; /* in none of the counts: interim responses, /counts */
	char prefix[32], last_prefix[32];
	const char *suffix;
	struct msghdr message;
	struct iovec iov[REPLY_IOV];
	unsigned iov_count;
	char text[];
};

/* NULL: out of memory. Freed with reply_free(). */
struct reply *reply_new(const struct response *response);
/* An interim 100 Continue. */
struct reply *reply_new_continue(void);
void reply_free(struct reply *reply);

/* Builds the head and decides on the body; `counts` are for RESPONSE_COUNTS, NULL otherwise. Once; false: out
 * of memory. */
bool reply_render(struct reply *reply, const struct serve_counts *counts);

/* What comes next, at now_ns. REPLY_SEND: send iov, then tell reply_sent() what was taken. After REPLY_WAIT,
 * call it again when due_ns has come. */
enum reply_step reply_next(struct reply *reply, uint64_t now_ns);

/* `bytes` of the piece were taken; true: nothing of it is left. */
bool reply_sent(struct reply *reply, size_t bytes);

#endif
