/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The life of a connection with pipelining, as far as it differs: a line of exchanges instead of one. The
 * fields of struct conn speak of its head, so that conn.c need not know how many wait behind it.
 */
#ifndef VASTAR_ENGINE_CONN_LINE_H
#define VASTAR_ENGINE_CONN_LINE_H

#include "engine/conn_internal.h"

static inline struct pipeline *line_of(const struct worker *w, const struct conn *c)
{
	return &w->pipelines->lines[conn_index(w, c)];
}

/* Bytes behind an answer are those of the next one, if that was asked for and may come. */
static inline bool line_more_answers(const struct worker *w, const struct conn *c)
{
	return w->pipelines && line_of(w, c)->sent > 1 && h1_keepalive(&c->parser);
}

/* Sends what the line has that the kernel has not taken. */
void line_send(struct worker *w, struct conn *c);

/* The kernel has taken `bytes`. When that is all, more may be sent. */
void line_written(struct worker *w, struct conn *c, size_t bytes);

/* The head is answered and counted. True when the connection goes on with the next answer; else it is free,
 * or, without `reusable`, to be dropped. */
bool line_head_answered(struct worker *w, struct conn *c, bool reusable);

/* Why a connection goes, as those see it who wait there for an answer that has not begun. */
struct line_loss {
	bool announced; /* the last answer has said that it is the last one */
	bool timed_out; /* ... the head */
	unsigned first; /* of the line that is to be judged; those before it are sent again */
};

/* The connection is about to be dropped: judges its line. What is left of it waits for the next one, with
 * CONN_PENDING set. */
void line_lose(struct worker *w, struct conn *c, const struct line_loss *loss);

/* The same, when the head has failed in this way, and is counted. */
void line_lose_others(struct worker *w, struct conn *c, enum error_kind kind);

/* No connection could be made, for which the whole line has waited: each is an error. */
void line_fail(struct worker *w, struct conn *c, int error, const char *text);

/* The run is over: the whole line counts as aborted. */
void line_abort(struct worker *w, struct conn *c);

#endif
