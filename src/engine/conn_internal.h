/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a connection offers to its session, and what conn.c, conn_open.c, conn_receive.c and conn_wrap.c
 * share. */
#ifndef VASTAR_ENGINE_CONN_INTERNAL_H
#define VASTAR_ENGINE_CONN_INTERNAL_H

#include <errno.h>
#include <sys/socket.h>

#include "engine/conn_move.h"
#include "engine/conn_wrap.h"
#include "engine/worker.h"

static inline const struct route *route_of(const struct worker *w, const struct conn *c)
{
	return c->led ? w->hops[conn_index(w, c)]->route : &w->router.home;
}

static inline uint64_t tag(const struct worker *w, const struct conn *c, enum worker_op op)
{
	return ring_tag(op, c->generation, conn_index(w, c));
}

static inline uint8_t file_flag(const struct worker *w)
{
	return w->ring.features & RING_FIXED_FILES ? IOSQE_FIXED_FILE : 0;
}

static inline bool may_send(const struct worker *w)
{
	return w->phase == WORKER_RUNNING && w->now_ns < w->deadline_ns;
}

/* Takes one request out of -n, for one that begins at `at_ns`. Requests of the warm-up do not count. */
static inline bool take_request(struct worker *w, uint64_t at_ns)
{
	return at_ns < w->tally.measured_ns || budget_take(&w->run->budget, &w->share);
}

/* An error of this machine and not of the peer: out of memory and the like. */
static inline bool local_error(int error)
{
	return error == ENOMEM || error == EMFILE || error == ENFILE || error == EINVAL || error == EFAULT ||
	       error == EBADF || error == EPERM;
}

/* ---- for sessions ---- */

/* Sends `length` bytes, which must stay in place until session->written() has told of all of them; one send
 * at a time. `flags`: MSG_WAITALL for a completion when all of it is taken, 0 for one whenever some is. Call
 * it last: without memory the connection fails in it. */
static inline void conn_send(struct worker *w, struct conn *c, const char *from, size_t length, int flags)
{
	struct io_uring_sqe *sqe;

	if (c->wrapped) {
		conn_wrap_send(w, c, from, length);
		return;
	}
	sqe = ring_sqe(&w->ring);
	if (w->one_buffer && (size_t)(from - w->plan->request.bytes) < w->plan->request.length)
		io_uring_prep_write_fixed(sqe, c->file, from, (unsigned)length, 0, 0);
	else
		io_uring_prep_send(sqe, c->file, from, length, MSG_NOSIGNAL | flags);
	sqe->flags |= file_flag(w);
	sqe->user_data = tag(w, c, OP_SEND);
	c->flags |= CONN_SENDING;
}

/* A send took only a part of what it was given. */
void conn_sent_short(struct worker *w, const struct conn *c);

/* Arms a receive, in the way that fits the session's outlook; none may be armed. */
void conn_arm_receive(struct worker *w, struct conn *c);

static inline void conn_await_response(struct worker *w, struct conn *c)
{
	if (!(c->flags & CONN_RECEIVING))
		conn_arm_receive(w, c);
}

/* The connection stays free until its next request is due: by its own pace, or in an open loop when the
 * schedule gives it one. */
void conn_await_tick(struct worker *w, struct conn *c);
void conn_await_arrival(struct worker *w, struct conn *c);

enum {
	/* From here on dropping in the kernel, or a large buffer, beats the small ones. CPU us a request,
	 * nginx, c = 50, small buffers / dropped: 4 KiB 15.6 / 18.2, 8 KiB 17.0 / 17.5, 16 KiB 17.6 / 15.6,
	 * 32 KiB 29.5 / 16.0. */
	BIG_BODY = 8 * 1024,
	BODY_CAP = 1 << 24, /* in the average, so that it cannot overflow */
};

/* Of a body that has no length: conn_note_body() has the words. */
void conn_note_parts(struct worker *w, const struct conn *c, uint64_t mean_chunk);

/* A response is complete: the choice of the next ways to receive depends on what its body was like. It had a
 * length, or chunks of `mean_chunk` bytes in the mean (0: none either). */
static inline void conn_note_body(struct worker *w, const struct conn *c, uint64_t bytes, bool has_length,
				  uint64_t mean_chunk)
{
	uint32_t capped = bytes < BODY_CAP ? (uint32_t)bytes : BODY_CAP;

	w->body_average =
	    w->body_average == UINT32_MAX ? capped : w->body_average - w->body_average / 8 + capped / 8;
	if (!has_length)
		conn_note_parts(w, c, mean_chunk);
	else if (w->kept_lately)
		w->kept_lately--;
}

/* The connection ends, without a failure: closes it, and opens it again when there is something to send. A
 * paced connection is opened when its next request is due: opened earlier, it might be closed unused. */
void conn_replace(struct worker *w, struct conn *c);

/* The same, for exchanges that wait to be sent again (CONN_PENDING). */
void conn_resend(struct worker *w, struct conn *c);

/* The connection ends with a failure, which session->lose() judges; it is opened again like the others, but
 * after a pause where the peer accepts connections and closes them without a response. */
void conn_fail(struct worker *w, struct conn *c, enum error_kind kind, int code, const char *text);

/* ---- among the parts of a connection ---- */

/* Ends every operation on the socket and closes it. To close alone is not enough: an armed receive keeps the
 * socket alive, and the peer would see no FIN. */
void conn_drop(struct worker *w, struct conn *c);

/* Opens the connection again when there is still something to send: at once, or after a pause. */
void conn_reopen(struct worker *w, struct conn *c, uint64_t pause_ns);

/* The same after a failure: the pause grows with each failure in a row, up to `longest_ms`. */
void conn_reopen_after_failure(struct worker *w, struct conn *c, unsigned longest_ms);

/* Opens the connection, which is closed, when there is a request for it. */
void conn_open_if_wanted(struct worker *w, struct conn *c);

/* The address that is being tried cannot be reached: the next one, or a failure. */
void conn_connect_failed(struct worker *w, struct conn *c, int error);

/* The connection cannot be made ready, whatever the address: a failure. */
void conn_unusable(struct worker *w, struct conn *c, enum error_kind kind, int code, const char *text);

/* The connection is connected and its transport is ready: from now on it is its session's. */
void conn_ready(struct worker *w, struct conn *c);

/* The peer has ended the stream (error 0), or it broke. */
void conn_stream_ended(struct worker *w, struct conn *c, int error);

/* Ends the receive that is armed; its last completion tells when it has. */
void conn_cancel_receive(struct worker *w, struct conn *c);

/* Arms a receive where none is, or one that fits better. `ended_by_kernel`: a multishot one has ended. */
void conn_mend_receiving(struct worker *w, struct conn *c, bool ended_by_kernel);

/* Something was received: sees to it that a receive is armed as long as one is needed, in the way that fits
 * what is to come. `generation`: the connection's before that was taken; `ended_by_kernel`: a multishot
 * receive ended with it. */
static inline void conn_keep_receiving(struct worker *w, struct conn *c, uint32_t generation,
				       bool ended_by_kernel)
{
	enum { SMALL_GOES_ON = CONN_RECEIVING | CONN_MULTISHOT };

	if (c->generation != generation)
		return;
	if (c->state != CONN_BUSY && c->state != CONN_HANDSHAKING) {
		if (c->state == CONN_LEAVING)
			conn_try_pass(w, c);
		return;
	}
	if ((c->flags & SMALL_GOES_ON) == SMALL_GOES_ON && !c->large && w->body_average < BIG_BODY)
		return;
	conn_mend_receiving(w, c, ended_by_kernel);
}

#endif
