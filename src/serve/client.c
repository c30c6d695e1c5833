/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/client_internal.h"

#include <sys/socket.h>

#include "base/clock.h"
#include "serve/http2.h"

/* After an invalid request: how long the client may take to notice. */
#define LINGER_NS NS_PER_S

enum {
	DROP_LEAST = 16 * 1024, /* remaining bytes of a body from which dropping pays off */
	DROP_MOST = 1 << 30,	/* by one receive */
	HEADS_ALONE = 16,	/* receives armed after a long body was dropped */
};

void client_accepted(struct serve_worker *w, uint32_t index)
{
	struct client *c = &w->clients[index];
	struct client before = *c;

	*c = (struct client){.generation = before.generation,
			     .next_starved = before.next_starved,
			     .next_awake = before.next_awake};
	c->flags = CLIENT_OPEN | CLIENT_COUNTED | (w->http2 ? CLIENT_UNDECIDED : 0);
	request_reader_init(&c->reader);
	count(&w->counts.connections, 1);
	w->open++;
	client_receive(w, c);
	/* The slot's previous connection may still be in the lists. Then the new one is in them, which is
	 * harmless. */
	c->flags |= before.flags & CLIENT_LISTED;
	if (w->wraps.transport && !wrap_begin(w, c))
		client_close(w, c, false);
}

static void free_replies(struct client *c)
{
	reply_free(c->incoming);
	while (c->first) {
		struct reply *next = c->first->next;

		reply_free(c->first);
		c->first = next;
	}
	c->incoming = c->last = NULL;
}

void client_deinit(struct serve_worker *w, struct client *c)
{
	request_release(&c->reader);
	free_replies(c);
	socket_free(c->socket);
	c->socket = NULL;
	http2_end(w, c);
	if (!is_wrapped(w, c))
		return;
	if (!(c->flags & CLIENT_SHAKEN))
		count(&w->counts.handshake_errors, 1);
	wrap_end(w, c);
}

/* With a transport, the send reads the transport's memory, not the replies. */
void client_forget_responses(struct serve_worker *w, struct client *c)
{
	if (c->flags & CLIENT_HELD)
		hold_cancel(&w->hold, client_index(w, c), clock_now_ns());
	c->flags &= ~(uint32_t)(CLIENT_HELD | CLIENT_RELEASED | CLIENT_INCOMING_PLAIN);
	free_replies(c);
	c->queued = c->plain_ready = c->plain_under_way = c->plain_sent = 0;
}

void client_wake(struct serve_worker *w, struct client *c)
{
	uint32_t number = client_index(w, c) + 1;

	if (c->flags & CLIENT_AWAKE)
		return;
	c->flags |= CLIENT_AWAKE;
	c->next_awake = 0;
	if (w->last_awake)
		w->clients[w->last_awake - 1].next_awake = number;
	else
		w->first_awake = number;
	w->last_awake = number;
}

/* A multishot receive would take a long body in many small pieces before its head is read. So where long
 * bodies come, receive one buffer for the head and drop the rest. */
void client_arm(struct serve_worker *w, struct client *c)
{
	struct io_uring_sqe *sqe;
	uint64_t skippable = request_skippable(&c->reader), least = c->heads_alone ? 1 : DROP_LEAST;
	int fd = (int)client_index(w, c);

	c->flags |= CLIENT_RECEIVING;
	sqe = ring_sqe(&w->ring);
	if (skippable >= least && w->ring.features & RING_TRUNC_DROP && !(c->flags & CLIENT_LAST)) {
		/* With MSG_TRUNC, TCP discards the bytes: nothing is written to the pointer. */
		if (skippable > DROP_MOST)
			skippable = DROP_MOST;
		c->flags |= CLIENT_DROPPING;
		if (skippable >= DROP_LEAST)
			c->heads_alone = HEADS_ALONE;
		io_uring_prep_recv(sqe, fd, w->buffers.memory, (size_t)skippable, MSG_TRUNC);
		set_file(sqe, tag(w, c, OP_DROP));
		return;
	}
	if (c->heads_alone && !(c->flags & CLIENT_LAST)) {
		c->heads_alone--;
		io_uring_prep_recv(sqe, fd, NULL, w->buffers.buffer_size, 0);
	} else {
		io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
	}
	set_file(sqe, tag(w, c, OP_RECV));
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = w->buffers.group;
}

/* A close does not end an armed receive, and until that ends the client sees no FIN: the cancellation goes
 * first, in the same submit. */
void client_close(struct serve_worker *w, struct client *c, bool reset)
{
	static const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	struct io_uring_sqe *sqe;

	/* A silent send that is not submitted yet reads memory that is freed with the connection. */
	if (c->flags & CLIENT_SILENT && is_wrapped(w, c))
		ring_submit(&w->ring);
	client_settle(w, c);
	if (c->flags & CLIENT_SENDING) {
		if (!(c->flags & CLIENT_DOOMED)) {
			/* The send reads our memory, so it must end first. */
			sqe = ring_sqe(&w->ring);
			io_uring_prep_cancel64(sqe, tag(w, c, OP_SEND), 0);
			sqe->user_data = tag(w, c, OP_IGNORED);
		}
		c->flags |= CLIENT_DOOMED;
		return;
	}
	ring_room(&w->ring, 3);
	if (reset) {
		/* Connecting a TCP socket to AF_UNSPEC aborts it: the peer gets a RST. */
		sqe = ring_sqe(&w->ring);
		io_uring_prep_connect(sqe, (int)client_index(w, c), &nobody, sizeof(nobody));
		set_file(sqe, tag(w, c, OP_IGNORED));
		sqe->flags |= IOSQE_IO_HARDLINK | IOSQE_CQE_SKIP_SUCCESS;
	}
	if (c->flags & CLIENT_RECEIVING)
		cancel_receive(w, c)->flags |= IOSQE_IO_HARDLINK | IOSQE_CQE_SKIP_SUCCESS;
	sqe = ring_sqe(&w->ring);
	io_uring_prep_close_direct(sqe, client_index(w, c));
	sqe->user_data = tag(w, c, OP_CLOSE);
	if (c->flags & CLIENT_HELD)
		hold_cancel(&w->hold, client_index(w, c), clock_now_ns());
	client_deinit(w, c);
	c->generation++;
	c->flags &= CLIENT_LISTED;
}

/* Shuts down our side and waits for the client to close. Otherwise bytes that it still sends would cause a
 * RST, which may overtake the last response. The kernel does the shutdown in a thread of its own, perhaps
 * late. The slot must not hold another connection by then, so the shutdown counts as a send in progress. */
static void linger(struct serve_worker *w, struct client *c)
{
	struct io_uring_sqe *sqe = ring_sqe(&w->ring);

	io_uring_prep_shutdown(sqe, (int)client_index(w, c), SHUT_WR);
	set_file(sqe, tag(w, c, OP_SEND));
	c->flags |= CLIENT_LINGERING | CLIENT_HELD | CLIENT_SENDING;
	c->flags &= ~(uint32_t)CLIENT_PAUSED;
	if (!hold_timer(&w->hold, client_index(w, c), clock_now_ns() + LINGER_NS)) {
		c->flags &= ~(uint32_t)CLIENT_HELD;
		client_close(w, c, false);
		return;
	}
	client_receive(w, c);
}

/* Sends the transport's last bytes before the close. True: a send is in progress. */
static bool finish_wrapped(struct serve_worker *w, struct client *c)
{
	if (!(c->flags & CLIENT_FINISHED))
		wrap_finish(w, c);
	c->flags |= CLIENT_FINISHED;
	wrap_flush(w, c, false);
	return c->flags & CLIENT_SENDING;
}

void client_finish(struct serve_worker *w, struct client *c)
{
	if (is_wrapped(w, c) && finish_wrapped(w, c))
		return;
	if (c->flags & CLIENT_SURPLUS && !(c->flags & CLIENT_EOF))
		linger(w, c);
	else
		client_close(w, c, false);
}
