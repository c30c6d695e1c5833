/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * HTTP/1.x requests from bytes (RFC 9112), however they are cut: where a head ends and where its body ends.
 * request_head.h says what a head means. No I/O and no clock.
 */
#ifndef VASTAR_SERVE_REQUEST_H
#define VASTAR_SERVE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "serve/request_head.h"

enum {
	REQUEST_HEAD_MAX = 65536,  /* bytes of a head, and of the trailers */
	REQUEST_MEMO_MAX = 512,	   /* longer heads are parsed each time */
	REQUEST_CHUNK_LINE = 4096, /* bytes of a chunk's size and extensions */
};

/* The latest complete head and its meaning: a load generator repeats the same bytes, and comparing them
 * is cheaper than parsing them. One for each worker. */
struct request_memo {
	struct request request;
	uint32_t length; /* 0: none */
	char bytes[REQUEST_MEMO_MAX];
};

struct request_held; /* the beginning of an incomplete head */

struct request_reader {
	struct request_held *held;
	uint64_t left;	/* remaining bytes of the body or of the chunk */
	uint64_t body;	/* bytes of this request's body so far */
	uint32_t line;	/* bytes of a chunk's line or of the trailers so far */
	uint16_t error; /* status for REQUEST_BAD */
	uint8_t state;
};

enum request_event {
	REQUEST_MORE, /* all bytes were used, more are needed */
	REQUEST_HEAD, /* *request is filled in */
	REQUEST_END,  /* the body has ended; its length is reader->body */
	REQUEST_BAD,  /* reader->error is the status to respond with; close the connection after it */
};

void request_reader_init(struct request_reader *reader);

/* Takes bytes up to the next event; *usedp is their number. The pointers of *request point into these
 * bytes, the reader or the memo, and are valid until the next call or request_release(). memo may be
 * NULL; *recalledp: memo held this head before (NULL allowed). */
enum request_event request_feed(struct request_reader *reader, struct request_memo *memo, const char *bytes,
				size_t length, size_t *usedp, struct request *request, bool *recalledp);

/* Frees memory. Call it after REQUEST_HEAD, and when the connection ends. */
void request_release(struct request_reader *reader);

/* True if no byte of a next request has arrived. */
bool request_idle(const struct request_reader *reader);

/* The number of following body bytes that need not be read; and the report that `bytes` of them were
 * dropped. */
uint64_t request_skippable(const struct request_reader *reader);
void request_skipped(struct request_reader *reader, uint64_t bytes);

#endif
