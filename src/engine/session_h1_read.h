/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the sessions of HTTP/1.1 that read their responses do with them. session_h1.c has the life of an
 * exchange and calls a reader, which has data for each connection and counts what only it knows.
 */
#ifndef VASTAR_ENGINE_SESSION_H1_READ_H
#define VASTAR_ENGINE_SESSION_H1_READ_H

#include "plan/expect.h"
#include "proto/h1.h"

struct conn;
struct worker;

/* Why a complete response counts as an error all the same. */
struct h1_refusal {
	int code; /* as for shard_error() */
	char text[EXPECT_TEXT];
};

struct h1_reader {
	/* Its data, which is owned by the worker. NULL: out of memory. */
	void *(*open)(const struct worker *w);
	void (*close)(const struct worker *w, void *data);

	/* The first bytes of a response have arrived. */
	void (*begin)(struct worker *w, struct conn *c, void *data);

	/* The parser has taken `used` of the bytes, of which `body` are of the body. `in_head`: before that,
	 * the head was not complete. False: out of memory. */
	bool (*take)(struct worker *w, struct conn *c, void *data, bool in_head, const char *bytes,
		     size_t used, const struct h1_piece *body);

	/* The response is complete, before it is counted. False: it counts as an error of kind expect. */
	bool (*complete)(struct worker *w, struct conn *c, void *data, struct h1_refusal *refusal);

	/* The exchange fails in the middle of the response. NULL: nothing to do. */
	void (*failed)(struct worker *w, struct conn *c, void *data);
};

/* --stream: the events in the bodies of 2xx responses. --expect: heads and bodies to compare. ai-bench:
 * the tokens of a language model. */
extern const struct h1_reader h1_reads_events, h1_reads_expected, h1_reads_tokens;

#endif
