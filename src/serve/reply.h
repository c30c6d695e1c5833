/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A response other than the plain one: built when it is next, then sent in pieces. A long body repeats one
 * shared pattern. */
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
	uint64_t chunk_left;  /* of the current chunk */
	uint64_t chunk_bytes; /* payload of a whole chunk */
	uint64_t payload;     /* bytes of the pattern so far */
	uint64_t due_ns;      /* of the next chunk or of the rest of the head */
	bool rendered;
	bool paced;	/* there are gaps */
	bool may_start; /* the next chunk's instant has come */
	bool framed;	/* chunked coding */
	bool ended;	/* the last chunk is sent */
	bool uncounted; /* not counted: interim responses, /counts */
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

/* Builds the head and chooses the body; `counts` are for RESPONSE_COUNTS, NULL otherwise. Call it once.
 * False: out of memory. */
bool reply_render(struct reply *reply, const struct serve_counts *counts);

/* The next step at now_ns. REPLY_SEND: send iov, then report the taken bytes with reply_sent(). After
 * REPLY_WAIT, call it again at due_ns. */
enum reply_step reply_next(struct reply *reply, uint64_t now_ns);

/* The kernel took `bytes` of the piece. True: it is complete. */
bool reply_sent(struct reply *reply, size_t bytes);

#endif
