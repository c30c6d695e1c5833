/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <errno.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "serve/client_internal.h"
#include "serve/http2.h"

enum { SHORT_SEND = 16 * 1024 }; /* bytes of a send that usually fits into the socket's buffer */

static void queue_send(struct serve_worker *w, struct client *c, const struct iovec *iov,
		       struct msghdr *message, bool silent)
{
	struct io_uring_sqe *sqe;

	if (!message) {
		client_queue_send(w, c, iov->iov_base, iov->iov_len, silent);
		return;
	}
	sqe = ring_sqe(&w->ring);
	io_uring_prep_sendmsg(sqe, (int)client_index(w, c), message, (unsigned)client_send_flags(silent));
	client_mark_send(w, c, sqe, silent);
}

static size_t plain_left(const struct serve_worker *w, const struct client *c)
{
	return (size_t)w->plain.variants[c->plain_variant].length * c->plain_under_way - c->plain_sent;
}

/* True if the plain responses of the current send are the last ones on this connection. */
static bool nothing_follows(const struct serve_worker *w, const struct client *c)
{
	return c->flags & CLIENT_LAST && c->plain_under_way && c->plain_under_way == c->plain_ready &&
	       !c->first && !c->incoming && !(c->flags & CLIENT_INCOMING_PLAIN) &&
	       w->wraps.each[client_index(w, c)].taken == plain_left(w, c);
}

static void send_wrapped(struct serve_worker *w, struct client *c, const struct iovec *iov,
			 unsigned iov_count, bool silent)
{
	if (!wrap_write(w, c, iov, iov_count)) {
		client_close(w, c, false);
		return;
	}
	/* One send for both. */
	if (nothing_follows(w, c)) {
		wrap_finish(w, c);
		c->flags |= CLIENT_FINISHED;
	}
	wrap_flush(w, c, silent);
}

/* One piece of memory. Nothing reports the end of a silent send, so its bytes count now. */
static void send_bytes(struct serve_worker *w, struct client *c, struct iovec iov, bool silent)
{
	if (is_wrapped(w, c))
		send_wrapped(w, c, &iov, 1, silent);
	else
		queue_send(w, c, &iov, NULL, silent);
	if (silent)
		count(&w->counts.bytes_sent, iov.iov_len);
}

static void send_plain(struct serve_worker *w, struct client *c, bool silent)
{
	char *bytes = w->plain.variants[c->plain_variant].bytes;

	send_bytes(w, c, (struct iovec){bytes + c->plain_sent, plain_left(w, c)}, silent);
}

/*
 * The usual send is silent: it does not wait, so it ends within the submit. It has a completion only if
 * the kernel did not take all of it. No completion in the turn after the submit means that it is
 * complete. This saves the completion and, above all, a wait that returns at once with only completions
 * of sends. Nothing may depend on the end of a silent send, since nothing reports it.
 */
static void start_plain(struct serve_worker *w, struct client *c)
{
	uint32_t copies = w->holds ? 1 : w->plain.variants[c->plain_variant].copies;
	bool all = c->plain_ready <= copies && !c->first;

	c->flags &= ~(uint32_t)CLIENT_RELEASED;
	c->plain_under_way = c->plain_ready < copies ? c->plain_ready : copies;
	c->plain_sent = 0;
	count(&w->counts.status[w->plain.status], c->plain_under_way);
	if (w->log)
		serve_log_responded(w->log, client_index(w, c), c->plain_under_way, clock_now_ns());
	send_plain(w, c,
		   all && !(c->flags & (CLIENT_LAST | CLIENT_EOF | CLIENT_PAUSED)) &&
		       plain_left(w, c) <= SHORT_SEND);
	if (w->log)
		ring_submit(&w->ring);
}

/* Sends what is left of the WebSocket's output. */
static void send_socket(struct serve_worker *w, struct client *c, bool silent)
{
	struct socket *socket = c->socket;

	socket->silent = silent;
	send_bytes(w, c, (struct iovec){socket->sending.bytes + socket->sent, socket_left(socket)}, silent);
}

/* False: there is nothing to send. As for plain responses, the usual send is silent. */
static bool continue_socket(struct serve_worker *w, struct client *c)
{
	size_t length;

	if (c->socket->silent) /* it is through */
		c->socket->sent = c->socket->sending.used;
	c->socket->silent = false;
	socket_output(c->socket, &length);
	c->queued = 0;
	if (!length)
		return false;
	send_socket(w, c, length <= SHORT_SEND && !(c->flags & (CLIENT_LAST | CLIENT_EOF | CLIENT_PAUSED)));
	return true;
}

static void on_socket_sent(struct serve_worker *w, struct client *c, uint32_t taken)
{
	count(&w->counts.bytes_sent, taken);
	c->socket->sent += taken;
	if (socket_left(c->socket))
		send_socket(w, c, false);
	else
		client_wake(w, c);
}

static void send_iov(struct serve_worker *w, struct client *c, struct reply *reply)
{
	if (is_wrapped(w, c)) {
		send_wrapped(w, c, reply->iov, reply->iov_count, false);
		return;
	}
	reply->message = (struct msghdr){.msg_iov = reply->iov, .msg_iovlen = reply->iov_count};
	queue_send(w, c, reply->iov, reply->iov_count == 1 ? NULL : &reply->message, false);
}

/* Removes the completed response from the list. */
static void drop_first(struct client *c)
{
	struct reply *reply = c->first;

	c->first = reply->next;
	if (!c->first)
		c->last = NULL;
	c->queued--;
	reply_free(reply);
}

static void hold_until(struct serve_worker *w, struct client *c, uint64_t due_ns)
{
	if (hold_timer(&w->hold, client_index(w, c), due_ns))
		c->flags |= CLIENT_HELD;
	else
		client_close(w, c, false);
}

/* Sends the next piece of the first response in the list, or removes it when it is complete. */
static void send_piece(struct serve_worker *w, struct client *c)
{
	struct reply *reply = c->first;

	switch (reply_next(reply, reply->paced || reply->response.split ? clock_now_ns() : 1)) {
	case REPLY_SEND:
		send_iov(w, c, reply);
		break;
	case REPLY_WAIT:
		hold_until(w, c, reply->due_ns);
		break;
	case REPLY_DONE:
		drop_first(c);
		break;
	}
}

static bool render(struct serve_worker *w, struct reply *reply)
{
	struct serve_counts sum;

	if (reply->response.body == RESPONSE_COUNTS)
		serve_counts_sum(w->shards, &sum);
	if (!reply_render(reply, &sum))
		return false;
	if (reply->response.body == RESPONSE_BROKEN)
		count(&w->counts.faults, 1);
	else if (!reply->uncounted)
		count(&w->counts.status[reply->response.status], 1);
	return true;
}

/* Begins or continues the first response in the list. */
static void continue_reply(struct serve_worker *w, struct client *c)
{
	struct reply *reply = c->first;

	c->flags &= ~(uint32_t)CLIENT_RELEASED;
	if (reply->response.body == RESPONSE_RESET) {
		count(&w->counts.resets, 1);
		client_close(w, c, true);
	} else if (reply->rendered) {
		send_piece(w, c);
	} else if (render(w, reply)) {
		if (w->log && !reply->uncounted)
			serve_log_responded(w->log, client_index(w, c), 1, clock_now_ns());
		send_piece(w, c);
		if (w->log)
			ring_submit(&w->ring);
	} else {
		client_close(w, c, false);
	}
}

/* Begins the delay of the next response, `reply` or a plain one. False: it has no delay. */
static bool hold_response(struct serve_worker *w, struct client *c, const struct reply *reply)
{
	uint64_t delay_ns;

	if (c->flags & CLIENT_RELEASED)
		return false;
	if (reply ? reply->rendered || reply->response.no_hold || !(w->holds || reply->response.own_delay)
		  : !w->holds)
		return false;
	delay_ns = reply && reply->response.own_delay ? reply->response.delay_ns
						      : hold_draw(&w->settings->delay, &w->random);
	if (w->log)
		serve_log_drawn(w->log, client_index(w, c), delay_ns);
	if (hold_serve(&w->hold, client_index(w, c), clock_now_ns(), delay_ns))
		c->flags |= CLIENT_HELD;
	else
		client_close(w, c, false);
	return true;
}

/* Starts the next operations until a send is in progress. */
static void pump(struct serve_worker *w, struct client *c)
{
	client_settle(w, c);
	while (is_open(c) && !(c->flags & (CLIENT_SENDING | CLIENT_HELD | CLIENT_LINGERING))) {
		if (c->plain_ready) {
			if (!hold_response(w, c, NULL))
				start_plain(w, c);
		} else if (c->first) {
			if (!hold_response(w, c, c->first))
				continue_reply(w, c);
		} else if (c->socket && continue_socket(w, c)) {
			break;
		} else if (c->flags & (CLIENT_LAST | CLIENT_EOF)) {
			client_finish(w, c);
		} else {
			break;
		}
	}
	if (!is_open(c))
		return;
	/* A transport may have bytes of its own to send. */
	if (is_wrapped(w, c))
		wrap_flush(w, c, false);
	client_resume(w, c);
}

void client_act(struct serve_worker *w, struct client *c)
{
	c->flags &= ~(uint32_t)CLIENT_AWAKE;
	if (!(c->flags & CLIENT_OPEN))
		return;
	if (c->flags & CLIENT_HTTP2)
		http2_act(w, c);
	else
		pump(w, c);
}

static void on_plain_sent(struct serve_worker *w, struct client *c, uint32_t taken)
{
	count(&w->counts.bytes_sent, taken);
	c->plain_sent += taken;
	if (plain_left(w, c)) {
		send_plain(w, c, false);
		return;
	}
	client_plain_done(c);
	client_wake(w, c);
}

void client_on_sent(struct serve_worker *w, struct client *c, int res)
{
	uint32_t taken = res > 0 ? (uint32_t)res : 0;

	if (c->flags & CLIENT_SILENT) /* the kernel did not take all of it */
		count(&w->counts.bytes_sent,
		      -(uint64_t)(c->plain_under_way || !c->socket ? plain_left(w, c)
								   : socket_left(c->socket)));
	c->flags &= ~(uint32_t)(CLIENT_SENDING | CLIENT_SILENT);
	if (c->flags & CLIENT_LINGERING && !(c->flags & CLIENT_DOOMED)) /* our side is shut down */
		return;
	if (c->flags & CLIENT_DOOMED || (res <= 0 && res != -EINTR && res != -EAGAIN)) {
		c->flags &= ~(uint32_t)CLIENT_DOOMED;
		client_close(w, c, false);
		return;
	}
	if (is_wrapped(w, c) && !wrap_sent(w, c, taken, &taken))
		return;
	if (is_wrapped(w, c) && !taken) { /* only the transport's own bytes */
		client_wake(w, c);
		return;
	}
	if (c->flags & CLIENT_HTTP2) {
		http2_on_sent(w, c, taken);
	} else if (c->plain_under_way) {
		on_plain_sent(w, c, taken);
	} else if (c->socket && socket_left(c->socket)) {
		on_socket_sent(w, c, taken);
	} else if (!c->first) { /* the response was dropped in the meantime */
		client_wake(w, c);
	} else {
		if (!c->first->uncounted)
			count(&w->counts.bytes_sent, taken);
		if (reply_sent(c->first, taken))
			client_wake(w, c);
		else
			send_iov(w, c, c->first);
	}
}

void client_on_due(struct serve_worker *w, struct client *c)
{
	c->flags &= ~(uint32_t)CLIENT_HELD;
	if (c->flags & CLIENT_LINGERING) {
		client_close(w, c, false);
		return;
	}
	c->flags |= CLIENT_RELEASED;
	client_wake(w, c);
}
