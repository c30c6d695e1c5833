/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the parts of a client share. Each part calls only those above it: wrap.c            changes the
 * bytes between the socket and the other parts (TLS) http2*.c          HTTP/2 in place of the requests
 * and responses below client.c          its life: every request to the kernel from accept to close,
 * except sends client_request.c  the requests in the received bytes, and their responses client_receive.c
 * completions of receives; when to stop receiving and when to continue client_respond.c   sends and their
 * completions; what comes next
 *
 * A completion records what happened, continues its own operation (arms the receive again, sends the
 * rest, closes) and wakes the client. client_act() decides what comes next, once the completions of the
 * turn are known.
 */
#ifndef VASTAR_SERVE_CLIENT_INTERNAL_H
#define VASTAR_SERVE_CLIENT_INTERNAL_H

#include <sys/socket.h>

#include "serve/worker.h"

static inline bool is_open(const struct client *c)
{
	return c->flags & CLIENT_OPEN && !(c->flags & CLIENT_DOOMED);
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

	io_uring_prep_cancel64(sqe, tag(w, c, c->flags & CLIENT_DROPPING ? OP_DROP : OP_RECV), 0);
	sqe->user_data = tag(w, c, OP_IGNORED);
	return sqe;
}

/* The kernel has taken the plain responses of the current send. */
static inline void client_plain_done(struct client *c)
{
	c->plain_ready -= c->plain_under_way;
	c->plain_under_way = 0;
}

static inline bool is_wrapped(const struct serve_worker *w, const struct client *c)
{
	return w->wraps.transport && w->wraps.each[client_index(w, c)].channel;
}

/* A silent send of an earlier turn is complete if no completion has arrived. */
static inline void client_settle(struct serve_worker *w, struct client *c)
{
	if (c->flags & CLIENT_SILENT) {
		c->flags &= ~(uint32_t)(CLIENT_SENDING | CLIENT_SILENT);
		client_plain_done(c);
		if (is_wrapped(w, c))
			wrap_settled(w, c);
	}
}

/* Common to all sends of the client. */
static inline void client_mark_send(struct serve_worker *w, struct client *c, struct io_uring_sqe *sqe,
				    bool silent)
{
	set_file(sqe, tag(w, c, OP_SEND));
	c->flags |= CLIENT_SENDING;
	if (silent) {
		sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
		c->flags |= CLIENT_SILENT;
	}
}

static inline int client_send_flags(bool silent)
{
	return MSG_WAITALL | MSG_NOSIGNAL | (silent ? MSG_DONTWAIT : 0);
}

static inline void client_queue_send(struct serve_worker *w, struct client *c, const char *from,
				     size_t length, bool silent)
{
	struct io_uring_sqe *sqe = ring_sqe(&w->ring);

	io_uring_prep_send(sqe, (int)client_index(w, c), from, length, client_send_flags(silent));
	client_mark_send(w, c, sqe, silent);
}

/* ---- client.c ---- */

/* Something has changed: client_act() runs once for it, when all completions of this turn are known. */
void client_wake(struct serve_worker *w, struct client *c);

/* Arms a receive; none is armed. */
void client_arm(struct serve_worker *w, struct client *c);

/* Arms the next receive, unless none is wanted or one is armed. */
static inline void client_receive(struct serve_worker *w, struct client *c)
{
	if (!(c->flags & (CLIENT_RECEIVING | CLIENT_PAUSED | CLIENT_STARVED | CLIENT_EOF)))
		client_arm(w, c);
}

/* Closes, at once or when the current send has ended; `reset`: the peer gets a RST. */
void client_close(struct serve_worker *w, struct client *c, bool reset);

/* All responses are sent, and the connection ends with the last one. */
void client_finish(struct serve_worker *w, struct client *c);

/* No further response is sent on this connection. */
void client_forget_responses(struct serve_worker *w, struct client *c);

/* ---- client_request.c ---- */

/* Reads the requests in the bytes; without bytes, the end of a body that was dropped. False: out of
 * memory, and the caller closes the connection. */
bool client_take(struct serve_worker *w, struct client *c, const char *bytes, size_t length);

/* Counts a request whose head had so many bytes, and its connection. */
void client_count_request(struct serve_worker *w, struct client *c, bool is_counts, uint32_t head_bytes);

/* The bytes are not a request: the last response reports that. False: out of memory. */
bool client_refuse(struct serve_worker *w, struct client *c, const struct response *response);

/* ---- client_receive.c ---- */

/* After sending responses: receives again if too many responses were waiting. */
void client_resume(struct serve_worker *w, struct client *c);

#endif
