/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The usual way: conn_open() in conn_open.c asks the kernel to connect. conn_ready() hands the connection to
 * its session, which sends a request with conn_send() and awaits the response. conn_on_sent() and
 * conn_on_received() report the completions to the session. Then it repeats on the same connection.
 *
 * Other ways. The session, or the plan, ends the connection: conn_replace(). A kept connection turns out to
 * be dead, and the exchanges in flight may be sent again: conn_resend(). The transport transforms the bytes:
 * conn_wrap.c. How a connection receives, and what happens to long bodies: conn_receive.c. A receive found no
 * buffer: the worker calls conn_rearm() when buffers are available again.
 *
 * Failures: conn_connect_failed() when no address can be reached, conn_fail() for exchanges without a
 * complete response. Both let the session judge the exchanges in flight, then close the socket and open it
 * again, after a pause that grows while it keeps failing.
 */
#include "engine/conn.h"

#include <string.h>

#include "engine/conn_internal.h"

enum { RESET_BACKOFF_MAX_MS = 16 }; /* the peer accepts and resets: it is up, so pause only briefly */

/* ---- between exchanges ---- */

/* A place in the ring of free connections. */
static uint32_t idle_place(const struct worker *w, uint32_t number)
{
	uint32_t place = w->idle_first + number;

	return place < w->slot_count ? place : place - w->slot_count;
}

/* A connection that is closed while it is in the list stays there until it is taken out. */
void conn_idle_push(struct worker *w, struct conn *c)
{
	if (c->listed)
		return;
	c->listed = true;
	w->idle[idle_place(w, w->idle_count++)] = conn_index(w, c);
}

void conn_idle_push_last(struct worker *w, struct conn *c)
{
	if (c->listed)
		return;
	c->listed = true;
	w->idle_first = (w->idle_first ? w->idle_first : w->slot_count) - 1;
	w->idle[w->idle_first] = conn_index(w, c);
	w->idle_count++;
}

bool conn_idle_pop(struct worker *w, uint32_t *indexp)
{
	while (w->idle_count) {
		struct conn *c;

		*indexp = w->idle[idle_place(w, --w->idle_count)];
		c = &w->conns[*indexp];

		c->listed = false;
		if (c->state == CONN_IDLE || (c->state == CONN_BUSY && w->session->has_room)) {
			if (!w->session->has_room || w->session->has_room(c))
				return true;
		}
	}
	return false;
}

/* If the server closes the connection in the meantime, an armed receive reports it. A request that crosses
 * with the close may be sent again, as on any kept connection. */
static void keep_watch(struct worker *w, struct conn *c)
{
	c->flags |= CONN_REUSED;
	conn_await_response(w, c);
}

void conn_await_tick(struct worker *w, struct conn *c)
{
	timer_set(&w->timers, conn_index(w, c), c->exchange.due_ns);
	keep_watch(w, c);
}

void conn_await_arrival(struct worker *w, struct conn *c)
{
	/* Several hosts take turns; so do their connections. */
	if (w->plan->mix.host_count > 1)
		conn_idle_push_last(w, c);
	else
		conn_idle_push(w, c);
	keep_watch(w, c);
}

void conn_wake(struct worker *w, struct conn *c)
{
	if (c->state == CONN_IDLE)
		w->session->may_send(w, c);
	else if (c->state == CONN_BUSY && w->session->wake)
		w->session->wake(w, c);
	else if (c->state == CONN_CLOSED)
		conn_open_if_wanted(w, c);
}

/* ---- ends ---- */

void conn_replace(struct worker *w, struct conn *c)
{
	bool paced = w->plan->pace.kind == PACE_CONNECTION && w->phase == WORKER_RUNNING;
	uint64_t due_ns = c->exchange.due_ns;

	conn_drop(w, c);
	if (w->phase == WORKER_CONNECTING) {
		/* The connection was ready and is lost again. The start of the run does not wait for it:
		 * it is opened again when the run begins. */
		timer_set(&w->timers, conn_index(w, c), w->now_ns);
		return;
	}
	conn_reopen(w, c, paced && due_ns > w->now_ns ? due_ns - w->now_ns : 0);
}

void conn_renew(struct worker *w, struct conn *c)
{
	c->stale = true;
	if (c->state == CONN_IDLE)
		conn_replace(w, c);
	else
		c->flags |= CONN_LAST;
}

void conn_resend(struct worker *w, struct conn *c)
{
	conn_drop(w, c);
	conn_open(w, c);
}

void conn_fail(struct worker *w, struct conn *c, enum error_kind kind, int code, const char *text)
{
	bool silent_from_the_start =
	    kind == ERROR_RESET && !(c->flags & CONN_REUSED) && !c->exchange.first_ns;

	w->session->lose(w, c, &(struct loss){kind, code, text});
	conn_drop(w, c);
	if (silent_from_the_start)
		conn_reopen_after_failure(w, c, RESET_BACKOFF_MAX_MS);
	else
		conn_reopen(w, c, 0);
}

void conn_stream_ended(struct worker *w, struct conn *c, int error)
{
	if (c->state == CONN_HANDSHAKING)
		conn_connect_failed(w, c, error ? error : ECONNRESET);
	else
		w->session->ended(w, c, c->wrapped ? conn_wrap_ended(w, c, error) : error);
}

/* ---- sent ---- */

void conn_sent_short(struct worker *w, const struct conn *c)
{
	if (!c->wrapped) /* the transport of a wrapped one takes a long request in pieces */
		tally_odd(&w->tally, w->now_ns, ODD_SHORT_SEND);
}

/* The kernel took nothing. */
static void send_failed(struct worker *w, struct conn *c, int error)
{
	if (error == EAGAIN || error == EINTR || error == ECANCELED)
		w->session->written(w, c, 0);
	else if (local_error(error))
		conn_fail(w, c, ERROR_LOCAL, error, strerror(error));
	else /* the peer may have responded before it closed, so the receive decides */
		c->flags |= CONN_SEND_FAILED;
}

void conn_on_sent(struct worker *w, struct conn *c, int res)
{
	bool wrapped = c->wrapped;

	c->flags &= (uint8_t)~CONN_SENDING;
	if (wrapped)
		conn_wrap_sent(w, c, res);
	if (c->state == CONN_LEAVING)
		conn_try_pass(w, c);
	else if (wrapped || !conn_speaks(c))
		return;
	else if (res > 0)
		w->session->written(w, c, (size_t)res);
	else
		send_failed(w, c, -res);
}

/* ---- received ---- */

/* With `error`, or 0: the peer has ended the stream. A fault of this machine is not the peer's. */
static void receive_ended(struct worker *w, struct conn *c, int error)
{
	if (error && local_error(error) && c->state == CONN_BUSY)
		conn_fail(w, c, ERROR_LOCAL, error, strerror(error));
	else
		conn_stream_ended(w, c, error);
}

void conn_on_received(struct worker *w, struct conn *c, int res, const char *bytes, bool more)
{
	uint32_t generation = c->generation;
	bool was_multishot = c->flags & CONN_MULTISHOT;

	if (!more)
		c->flags &= (uint8_t) ~(CONN_RECEIVING | CONN_MULTISHOT);
	if (res >= 0)
		waiter_received(&w->waiter, (uint32_t)res);
	if (res > 0) {
		if (c->wrapped)
			conn_wrap_received(w, c, bytes, (size_t)res);
		else
			w->session->received(w, c, bytes, (size_t)res);
		conn_keep_receiving(w, c, generation, was_multishot && !more);
	} else if (res == -ENOBUFS) {
		tally_odd(&w->tally, w->now_ns, ODD_NO_BUFFERS);
		w->starved[w->starved_count++] = conn_index(w, c);
	} else if (res == -ECANCELED || res == -EINTR || res == -EAGAIN) {
		conn_keep_receiving(w, c, generation, false);
	} else {
		receive_ended(w, c, -res);
	}
}

void conn_on_dropped_bytes(struct worker *w, struct conn *c, int res)
{
	uint32_t generation = c->generation;

	c->flags &= (uint8_t)~CONN_RECEIVING;
	if (res >= 0)
		waiter_received(&w->waiter, (uint32_t)res);
	if (res > 0 && c->state == CONN_BUSY) {
		w->session->dropped(w, c, (uint64_t)res);
		conn_keep_receiving(w, c, generation, false);
	} else if (res == -EINTR || res == -EAGAIN) {
		conn_keep_receiving(w, c, generation, false);
	} else {
		receive_ended(w, c, -res);
	}
}

void conn_rearm(struct worker *w, struct conn *c)
{
	if (c->flags & CONN_RECEIVING)
		return;
	if (c->state == CONN_HANDSHAKING || conn_speaks(c))
		conn_arm_receive(w, c);
	else if (c->state == CONN_LEAVING)
		conn_try_pass(w, c);
}

/* ---- time ---- */

void conn_check_time(struct worker *w, struct conn *c)
{
	if (c->state == CONN_BUSY || c->state == CONN_GREETING || c->flags & CONN_PENDING)
		w->session->check_time(w, c);
	if ((c->state == CONN_CONNECTING || c->state == CONN_HANDSHAKING) &&
	    w->now_ns - c->since_ns > w->plan->timeout_ns)
		conn_connect_failed(w, c, ETIMEDOUT);
}
