/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a connection offers to its session, and what conn.c, conn_open.c, conn_receive.c, conn_tunnel.c and
 * conn_wrap.c share. */
#ifndef VASTAR_ENGINE_CONN_INTERNAL_H
#define VASTAR_ENGINE_CONN_INTERNAL_H

#include <errno.h>
#include <sys/socket.h>

#include "engine/conn_move.h"
#include "engine/conn_wrap.h"
#include "engine/worker.h"

/* The route of the plan's own request that the connection has now. */
static inline const struct route *home_of(const struct worker *w, const struct conn *c)
{
	return w->router.homes + mixer_pick(&w->mixer, conn_index(w, c));
}

static inline const struct route *route_of(const struct worker *w, const struct conn *c)
{
	return c->led ? w->hops[conn_index(w, c)]->route : home_of(w, c);
}

static inline uint64_t tag(const struct worker *w, const struct conn *c, enum worker_op op)
{
	return ring_tag(op, c->generation, conn_index(w, c));
}

static inline uint8_t file_flag(const struct worker *w)
{
	return w->ring.features & RING_FIXED_FILES ? IOSQE_FIXED_FILE : 0;
}

/* What comes and goes is its session's. */
static inline bool conn_speaks(const struct conn *c)
{
	return c->state >= CONN_GREETING && c->state <= CONN_BUSY;
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

/* An error of this machine, such as out of memory, and not of the peer. */
static inline bool local_error(int error)
{
	return error == ENOMEM || error == EMFILE || error == ENFILE || error == EINVAL || error == EFAULT ||
	       error == EBADF || error == EPERM;
}

/* ---- for sessions ---- */

/* Sends `length` bytes, one send at a time. The bytes must stay in place until session->written() has
 * reported all of them. `flags`: MSG_WAITALL for one completion when all bytes are taken, 0 for one
 * whenever some are. Make it the last call: if there is no memory, the connection fails inside it. */
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

/* A send took only part of its bytes. */
void conn_sent_short(struct worker *w, const struct conn *c);

/* Arms a receive that fits the session's outlook. None may be armed already. */
void conn_arm_receive(struct worker *w, struct conn *c);

static inline void conn_await_response(struct worker *w, struct conn *c)
{
	if (!(c->flags & CONN_RECEIVING))
		conn_arm_receive(w, c);
}

/* The connection stays free until its next request is due: by its own pace, or in an open loop when the
 * schedule assigns it a request. */
void conn_await_tick(struct worker *w, struct conn *c);
void conn_await_arrival(struct worker *w, struct conn *c);

enum {
	/* From this size on, dropping in the kernel or a large buffer beats the small buffers. CPU us per
	 * request, nginx, c = 50, small buffers / dropped: 4 KiB 15.6 / 18.2, 8 KiB 17.0 / 17.5, 16 KiB
	 * 17.6 / 15.6, 32 KiB 29.5 / 16.0. */
	BIG_BODY = 8 * 1024,
};

/* For a body without a length; see conn_note_body(). */
void conn_note_parts(struct worker *w, const struct conn *c, uint64_t mean_chunk);

/* A response is complete. Its body influences how the next ones are received. The body had a length, or
 * chunks of `mean_chunk` bytes on average (0: neither). */
static inline void conn_note_body(struct worker *w, const struct conn *c, uint64_t bytes, bool has_length,
				  uint64_t mean_chunk)
{
	uint32_t capped = bytes < w->body_cap ? (uint32_t)bytes : w->body_cap;

	w->body_average =
	    w->body_average == UINT32_MAX ? capped : w->body_average - w->body_average / 8 + capped / 8;
	if (!has_length)
		conn_note_parts(w, c, mean_chunk);
	else if (w->kept_lately)
		w->kept_lately--;
}

/* The session's greet() is through: the connection is ready. */
void conn_greeted(struct worker *w, struct conn *c);

/* The connection cannot be made ready, whatever the address: it fails. For greet(). */
void conn_unusable(struct worker *w, struct conn *c, enum error_kind kind, int code, const char *text);

/* Ends the connection without a failure: closes it, and opens it again when there is something to send. A
 * paced connection is opened when its next request is due. If it were opened earlier, it might be closed
 * unused. */
void conn_replace(struct worker *w, struct conn *c);

/* The same, for exchanges that wait to be sent again (CONN_PENDING). */
void conn_resend(struct worker *w, struct conn *c);

/* Opens a closed connection in place of one that still has exchanges in flight, if there is a request for
 * it. */
void conn_stand_in(struct worker *w, struct conn *c);

/* Exchanges wait for the connection, which is closed or being opened. */
void conn_pend(struct worker *w, struct conn *c);

/* Ends the connection with a failure, which session->lose() judges. It is opened again, but after a pause
 * if the peer accepts connections and closes them without a response. */
void conn_fail(struct worker *w, struct conn *c, enum error_kind kind, int code, const char *text);

/* ---- among the parts of a connection ---- */

/* Ends every operation on the socket and closes it. Closing alone is not enough: an armed receive keeps
 * the socket alive, and the peer would see no FIN. */
void conn_drop(struct worker *w, struct conn *c);

/* Opens the connection again when there is still something to send: at once, or after a pause. */
void conn_reopen(struct worker *w, struct conn *c, uint64_t pause_ns);

/* The same after a failure: the pause grows with each failure in a row, up to `longest_ms`. */
void conn_reopen_after_failure(struct worker *w, struct conn *c, unsigned longest_ms);

/* Opens the closed connection when there is a request for it. */
void conn_open_if_wanted(struct worker *w, struct conn *c);

/* The current address cannot be reached: tries the next one, or fails. */
void conn_connect_failed(struct worker *w, struct conn *c, int error);

/* The connection was ready and is unusable, but no exchange is in flight on it: it fails like one that could
 * not be made. */
void conn_fail_idle(struct worker *w, struct conn *c, enum error_kind kind, int code, const char *text);

/* The connection is connected, through a tunnel if it needs one: makes its transport ready. */
void conn_connected(struct worker *w, struct conn *c);

/* The connection is connected and its transport is ready: hands it to its session. */
void conn_ready(struct worker *w, struct conn *c);

/* The peer has ended the stream (error 0), or it broke. */
void conn_stream_ended(struct worker *w, struct conn *c, int error);

/* Cancels the armed receive. Its last completion reports the end. */
void conn_cancel_receive(struct worker *w, struct conn *c);

/* Arms a receive if none is armed, or one that fits better. `ended_by_kernel`: a multishot receive has
 * ended. */
void conn_mend_receiving(struct worker *w, struct conn *c, bool ended_by_kernel);

/* Call it after each receive: keeps a receive armed as long as one is needed, of the kind that fits the
 * expected bytes. `generation`: the connection's generation before those bytes were handled;
 * `ended_by_kernel`: a multishot receive ended with them. */
static inline void conn_keep_receiving(struct worker *w, struct conn *c, uint32_t generation,
				       bool ended_by_kernel)
{
	enum { SMALL_GOES_ON = CONN_RECEIVING | CONN_MULTISHOT };

	if (c->generation != generation)
		return;
	if (c->state != CONN_BUSY && c->state != CONN_HANDSHAKING && c->state != CONN_GREETING) {
		if (c->state == CONN_LEAVING)
			conn_try_pass(w, c);
		return;
	}
	if ((c->flags & SMALL_GOES_ON) == SMALL_GOES_ON && !c->large && w->body_average < BIG_BODY)
		return;
	conn_mend_receiving(w, c, ended_by_kernel);
}

#endif
