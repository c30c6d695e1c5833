/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/client_internal.h"

#include <sys/socket.h>

#include "base/clock.h"

/* After a request that could not be read: how long the client may take to notice. */
#define LINGER_NS NS_PER_S

void serve_conn_accepted(struct serve_worker *w, uint32_t index)
{
	struct client *c = &w->conns[index];
	struct client before = *c;

	*c = (struct client){.generation = before.generation,
			     .next_starved = before.next_starved,
			     .next_awake = before.next_awake};
	c->flags = CONN_OPEN | CONN_COUNTED;
	request_reader_init(&c->reader);
	count(&w->counts.connections, 1);
	w->open++;
	client_receive(w, c);
	/* Its predecessor in this slot may still be in the lists, where this one then is, and does no
	 * harm. */
	c->flags |= before.flags & CONN_LISTED;
}

void serve_conn_deinit(struct client *c)
{
	request_release(&c->reader);
	reply_free(c->incoming);
	while (c->first) {
		struct reply *next = c->first->next;

		reply_free(c->first);
		c->first = next;
	}
	c->incoming = c->last = NULL;
}

/* A close does not end an armed receive, and until that ends the client sees no FIN: the cancellation goes
 * first, in the same submit. */
void client_close(struct serve_worker *w, struct client *c, bool reset)
{
	static const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	struct io_uring_sqe *sqe;

	client_settle(c);
	if (c->flags & CONN_SENDING) {
		if (!(c->flags & CONN_DOOMED)) {
			/* The send reads memory of ours: it must end first. */
			sqe = ring_sqe(&w->ring);
			io_uring_prep_cancel64(sqe, tag(w, c, OP_SEND), 0);
			sqe->user_data = tag(w, c, OP_IGNORED);
		}
		c->flags |= CONN_DOOMED;
		return;
	}
	ring_room(&w->ring, 3);
	if (reset) {
		/* To connect a TCP socket to nobody is to abort it: the peer gets a RST. */
		sqe = ring_sqe(&w->ring);
		io_uring_prep_connect(sqe, (int)client_index(w, c), &nobody, sizeof(nobody));
		set_file(sqe, tag(w, c, OP_IGNORED));
		sqe->flags |= IOSQE_IO_HARDLINK | IOSQE_CQE_SKIP_SUCCESS;
	}
	if (c->flags & CONN_RECEIVING)
		cancel_receive(w, c)->flags |= IOSQE_IO_HARDLINK | IOSQE_CQE_SKIP_SUCCESS;
	sqe = ring_sqe(&w->ring);
	io_uring_prep_close_direct(sqe, client_index(w, c));
	sqe->user_data = tag(w, c, OP_CLOSE);
	if (c->flags & CONN_HELD)
		hold_cancel(&w->hold, client_index(w, c), clock_now_ns());
	serve_conn_deinit(c);
	c->generation++;
	c->flags &= CONN_LISTED;
}

/* Shuts our side and waits for the client's end, so that what it still sends does not turn into a RST that
 * overtakes the last answer. */
static void linger(struct serve_worker *w, struct client *c)
{
	struct io_uring_sqe *sqe = ring_sqe(&w->ring);

	io_uring_prep_shutdown(sqe, (int)client_index(w, c), SHUT_WR);
	set_file(sqe, tag(w, c, OP_IGNORED));
	c->flags |= CONN_LINGERING | CONN_HELD;
	c->flags &= ~(uint32_t)CONN_PAUSED;
	if (!hold_timer(&w->hold, client_index(w, c), clock_now_ns() + LINGER_NS)) {
		c->flags &= ~(uint32_t)CONN_HELD;
		client_close(w, c, false);
		return;
	}
	client_receive(w, c);
}

void client_finish(struct serve_worker *w, struct client *c)
{
	if (c->flags & CONN_SURPLUS && !(c->flags & CONN_EOF))
		linger(w, c);
	else
		client_close(w, c, false);
}
