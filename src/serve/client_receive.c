/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <errno.h>

#include "serve/client_internal.h"

enum {
	PAUSE_PLAIN = 4096, /* so many answers wait: the client does not read, so neither do we */
	PAUSE_QUEUED = 64,
	DROP_WORTH = 64 * 1024, /* bytes of a body to come that pay for changing over to dropping it */
	DROP_LEAST = 16 * 1024, /* ... and for going on with that */
	DROP_MOST = 1 << 30,	/* by one receive */
	HEADS_ALONE = 16,	/* receives armed after a long body was dropped */
};

/* A multishot receive would take a long body in many small pieces before its head is even looked at. So where
 * long bodies come, one buffer is received for the head, and all of the rest is dropped. */
void client_receive(struct serve_worker *w, struct client *c)
{
	struct io_uring_sqe *sqe;
	uint64_t skippable = request_skippable(&c->reader), least = c->heads_alone ? 1 : DROP_LEAST;
	int fd = (int)client_index(w, c);

	if (c->flags & (CONN_RECEIVING | CONN_PAUSED | CONN_STARVED | CONN_EOF))
		return;
	c->flags |= CONN_RECEIVING;
	sqe = ring_sqe(&w->ring);
	if (skippable >= least && w->ring.features & RING_TRUNC_DROP && !(c->flags & CONN_LAST)) {
		/* With MSG_TRUNC, TCP throws the bytes away: the pointer is never written to. */
		if (skippable > DROP_MOST)
			skippable = DROP_MOST;
		c->flags |= CONN_DROPPING;
		if (skippable >= DROP_LEAST)
			c->heads_alone = HEADS_ALONE;
		io_uring_prep_recv(sqe, fd, w->buffers.memory, (size_t)skippable, MSG_TRUNC);
		set_file(sqe, tag(w, c, OP_DROP));
		return;
	}
	if (c->heads_alone && !(c->flags & CONN_LAST)) {
		c->heads_alone--;
		io_uring_prep_recv(sqe, fd, NULL, w->buffers.buffer_size, 0);
	} else {
		io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
	}
	set_file(sqe, tag(w, c, OP_RECV));
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = w->buffers.group;
}

/* Asks for the end of the armed receive, whose completion decides how to go on. */
static void stop_receive(struct serve_worker *w, struct client *c)
{
	if (!(c->flags & CONN_RECEIVING) || c->flags & CONN_CANCELLING)
		return;
	c->flags |= CONN_CANCELLING;
	cancel_receive(w, c);
}

void serve_conn_rearm(struct serve_worker *w, struct client *c)
{
	if (!(c->flags & CONN_STARVED))
		return;
	c->flags &= ~(uint32_t)CONN_STARVED;
	if (is_open(c))
		client_receive(w, c);
}

static void on_eof(struct serve_worker *w, struct client *c)
{
	c->flags |= CONN_EOF;
	if (c->flags & CONN_LINGERING) {
		client_close(w, c, false);
		return;
	}
	/* What had come whole is answered all the same: a client may shut its side and wait. */
	reply_free(c->incoming);
	c->incoming = NULL;
	c->flags &= ~(uint32_t)CONN_INCOMING_PLAIN;
	client_wake(w, c);
}

static void starve(struct serve_worker *w, struct client *c)
{
	if (c->flags & CONN_STARVED)
		return;
	c->flags |= CONN_STARVED;
	c->next_starved = w->starved;
	w->starved = client_index(w, c) + 1;
}

/* What every receive comes to in the end: arm the next one, if there is to be one. */
static void after_receive(struct serve_worker *w, struct client *c)
{
	if (!is_open(c))
		return;
	if (c->plain_ready > PAUSE_PLAIN || c->queued > PAUSE_QUEUED) {
		c->flags |= CONN_PAUSED;
		stop_receive(w, c);
	} else if (c->flags & CONN_RECEIVING && !(c->flags & (CONN_DROPPING | CONN_LAST)) &&
		   w->ring.features & RING_TRUNC_DROP && request_skippable(&c->reader) >= DROP_WORTH) {
		stop_receive(w, c);
	}
	client_receive(w, c);
}

void client_resume(struct serve_worker *w, struct client *c)
{
	if (c->flags & CONN_PAUSED && c->plain_ready < PAUSE_PLAIN / 2 && c->queued < PAUSE_QUEUED / 2) {
		c->flags &= ~(uint32_t)CONN_PAUSED;
		if (!(c->flags & CONN_CANCELLING))
			client_receive(w, c);
	}
}

static bool is_fatal(int res)
{
	return res < 0 && res != -ENOBUFS && res != -ECANCELED && res != -EINTR && res != -EAGAIN;
}

void serve_conn_on_received(struct serve_worker *w, struct client *c, int res, const char *bytes, bool more)
{
	uint32_t generation = c->generation;

	if (!more)
		c->flags &= ~(uint32_t)(CONN_RECEIVING | CONN_CANCELLING);
	if (!is_open(c))
		return;
	if (res > 0) {
		count(&w->counts.bytes_received, (uint64_t)res);
		if (c->flags & CONN_LINGERING) {
			client_receive(w, c);
			return;
		}
		client_take(w, c, bytes, (size_t)res);
		if (c->generation != generation)
			return;
		client_wake(w, c);
	} else if (is_fatal(res)) {
		client_close(w, c, false);
	} else if (!res) {
		on_eof(w, c);
	} else if (res == -ENOBUFS) {
		starve(w, c);
	}
	if (c->generation == generation)
		after_receive(w, c);
}

void serve_conn_on_dropped(struct serve_worker *w, struct client *c, int res)
{
	uint32_t generation = c->generation;

	c->flags &= ~(uint32_t)(CONN_RECEIVING | CONN_CANCELLING | CONN_DROPPING);
	if (!is_open(c))
		return;
	if (res > 0) {
		count(&w->counts.bytes_received, (uint64_t)res);
		request_skipped(&c->reader, (uint64_t)res);
		if (!request_skippable(&c->reader)) {
			client_take(w, c, NULL, 0);
			if (c->generation == generation)
				client_wake(w, c);
		}
	} else if (is_fatal(res)) {
		client_close(w, c, false);
	} else if (!res) {
		on_eof(w, c);
	}
	if (c->generation == generation)
		after_receive(w, c);
}
