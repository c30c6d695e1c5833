/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the parts of a connection share: its life (client.c), how it receives (client_receive.c), the requests
 * that it takes out of the bytes (client_request.c) and how it answers them (client_answer.c). */
#ifndef VASTAR_SERVE_CLIENT_INTERNAL_H
#define VASTAR_SERVE_CLIENT_INTERNAL_H

#include "serve/worker.h"

static inline bool is_open(const struct client *c)
{
	return c->flags & CONN_OPEN && !(c->flags & CONN_DOOMED);
}

static inline uint64_t tag(const struct serve_worker *w, const struct client *c, enum serve_op op)
{
	return ring_tag(op, c->generation, client_index(w, c));
}

static inline void set_file(struct io_uring_sqe *sqe, uint64_t user_data)
{
	sqe->flags |= IOSQE_FIXED_FILE;
	sqe->user_data = user_data;
}

/* Prepares the end of the receive that is armed. */
static inline struct io_uring_sqe *cancel_receive(struct serve_worker *w, const struct client *c)
{
	struct io_uring_sqe *sqe = ring_sqe(&w->ring);

	io_uring_prep_cancel64(sqe, tag(w, c, c->flags & CONN_DROPPING ? OP_DROP : OP_RECV), 0);
	sqe->user_data = tag(w, c, OP_IGNORED);
	return sqe;
}

/* Arms the next receive, unless none is wanted or one is armed. */
void client_receive(struct serve_worker *w, struct client *c);

/* After answers have gone out: receives again where too many of them had been waiting. */
void client_resume(struct serve_worker *w, struct client *c);

/* Takes the requests out of the bytes; with none, the end of a body that was dropped. */
void client_take(struct serve_worker *w, struct client *c, const char *bytes, size_t length);

/* Something has changed: it is the connection's turn once, when all completions of this turn are known. */
void client_wake(struct serve_worker *w, struct client *c);

/* A silent send of an earlier turn of which nothing was heard is through. */
void client_settle(struct client *c);

/* Closes, at once or when the send under way has ended; `reset`: the peer gets a RST. */
void client_close(struct serve_worker *w, struct client *c, bool reset);

/* Every answer is out, and the connection ends with the last one. */
void client_finish(struct serve_worker *w, struct client *c);

#endif
