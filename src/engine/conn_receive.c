/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How a connection receives. Short responses use small buffers; one multishot receive fills many of them. A
 * long body of known length is dropped in the kernel once its head has arrived. If chunks are long on
 * average, a long chunk is dropped once its line has arrived. Large buffers take everything in between, and
 * bodies that come in shorter chunks or last until the close. The recent responses decide which way is used.
 */
#include "engine/conn_internal.h"
#include "io/stamp.h"

enum {
	/* From this size on dropping beats the large buffers. nginx, c = 100, large / dropped: 10 KB 0.72
	 * to 0.80 x the CPU at 1.00 to 1.04 x the rate, 100 KB 1.26 x the CPU at 0.95 x the rate. The
	 * break-even point between these sizes was not measured. */
	DROP_BODY = 32 * 1024,
	/* The same for chunks of this length, which take two receives each, for the line and for the rest.
	 * vastar serve, c = 100, 500 KB in chunks, dropped against large buffers: 4 KB 0.67 x the rate at
	 * 1.87 x the CPU, 8 KB 0.85, 1.36 x, 16 KB 1.49, 0.90 x, 32 KB 1.44, 0.90 x, 64 KB 1.68, 0.74 x. */
	DROP_CHUNK = 12 * 1024,
	KEPT_LATELY = 16,   /* responses: in a mix, those that cannot be dropped decide */
	LARGE_BUFFERS = 64, /* more than the completions of one pass, so that they rarely run out */
	LARGE_BUFFER_SIZE = 64 * 1024, /* chunks of 50 KB: 0.91 x the CPU of 32 KiB, of 500 KB 0.96 x */
};

/* Opens the buffers for long bodies when the first long body arrives. If there is no memory for them, the
 * small ones are used. */
static bool large_buffers(struct worker *w)
{
	if (!w->large.ring &&
	    bufring_open(&w->large, &w->ring, GROUP_LARGE, LARGE_BUFFERS, LARGE_BUFFER_SIZE, NULL) != 0)
		return false;
	return true;
}

/* How a kept connection receives, chosen by the recent responses. */
enum receive_way { RECEIVE_SMALL, RECEIVE_LARGE, RECEIVE_ONCE };

static enum receive_way receive_way(struct worker *w, const struct conn *c)
{
	if (w->stamped)
		return RECEIVE_SMALL;
	if (!(w->ring.features & RING_MULTISHOT) || !w->plan->keepalive)
		return RECEIVE_ONCE;
	if (w->body_average < BIG_BODY)
		return RECEIVE_SMALL;
	if ((w->kept_lately || w->body_average < DROP_BODY || c->wrapped) && large_buffers(w))
		return RECEIVE_LARGE;
	return RECEIVE_ONCE;
}

/* The kernel can drop a body if its bytes are not needed. */
static bool can_drop(const struct worker *w, const struct conn *c)
{
	return w->ring.features & RING_TRUNC_DROP && !c->wrapped;
}

/* A response that fits a large buffer is received there, whatever its chunks: 50 KB 0.94 x the CPU. */
static bool in_long_chunks(const struct worker *w, const struct conn *c, uint64_t mean_chunk)
{
	return can_drop(w, c) && w->body_average >= LARGE_BUFFER_SIZE && mean_chunk >= DROP_CHUNK;
}

/* How many of the next bytes to drop. The last bytes of a chunk come with the line of the next chunk. */
static uint64_t to_drop(const struct worker *w, const struct conn *c, const struct outlook *outlook)
{
	if (!can_drop(w, c))
		return 0;
	if (!outlook->has_length &&
	    (!in_long_chunks(w, c, outlook->mean_chunk) || outlook->droppable < w->small.buffer_size))
		return 0;
	return outlook->droppable;
}

void conn_arm_receive(struct worker *w, struct conn *c)
{
	struct outlook outlook = {0};
	uint64_t droppable = 0;
	enum receive_way way = receive_way(w, c);
	struct io_uring_sqe *sqe = ring_sqe(&w->ring);

	c->flags |= CONN_RECEIVING;
	if (c->state == CONN_BUSY && !w->stamped)
		w->session->outlook(c, &outlook);
	if (outlook.in_body)
		droppable = to_drop(w, c, &outlook);
	if (droppable) {
		/* With MSG_TRUNC, TCP discards the bytes and only reports their number (tcp(7)). The
		 * address is not used. */
		io_uring_prep_recv(sqe, c->file, w->small.memory, droppable < 1u << 30 ? droppable : 1u << 30,
				   MSG_TRUNC);
		sqe->flags |= file_flag(w);
		sqe->user_data = tag(w, c, OP_DROP);
	} else {
		bool large =
		    way == RECEIVE_LARGE ||
		    (outlook.in_body && !in_long_chunks(w, c, outlook.mean_chunk) && large_buffers(w));
		bool multishot = way == (large ? RECEIVE_LARGE : RECEIVE_SMALL);

		if (w->stamped)
			io_uring_prep_recvmsg_multishot(sqe, c->file, &stamp_msghdr, 0);
		else if (multishot)
			io_uring_prep_recv_multishot(sqe, c->file, NULL, 0, 0);
		else
			io_uring_prep_recv(sqe, c->file, NULL,
					   large ? LARGE_BUFFER_SIZE : w->small.buffer_size, 0);
		if (multishot)
			c->flags |= CONN_MULTISHOT;
		c->large = large;
		sqe->flags |= file_flag(w) | IOSQE_BUFFER_SELECT;
		sqe->buf_group = large ? GROUP_LARGE : GROUP_SMALL;
		sqe->user_data = tag(w, c, large ? OP_RECV_LARGE : OP_RECV);
	}
}

void conn_cancel_receive(struct worker *w, struct conn *c)
{
	struct io_uring_sqe *sqe = ring_sqe(&w->ring);

	io_uring_prep_cancel64(sqe, tag(w, c, c->large ? OP_RECV_LARGE : OP_RECV), 0);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	sqe->user_data = tag(w, c, OP_CANCEL);
	c->flags &= (uint8_t)~CONN_MULTISHOT; /* cancel it once; its last completion clears CONN_RECEIVING */
}

/* True when the armed multishot receive no longer fits the responses. The rule is deliberately coarse:
 * otherwise responses of mixed lengths would arm a new receive all the time. */
static bool misfit(struct worker *w, const struct conn *c)
{
	enum receive_way way = receive_way(w, c);

	if (!c->large)
		return way != RECEIVE_SMALL;
	return way == RECEIVE_ONCE || (way == RECEIVE_SMALL && w->body_average < BIG_BODY / 2);
}

void conn_mend_receiving(struct worker *w, struct conn *c, bool ended_by_kernel)
{
	if (!(c->flags & CONN_RECEIVING)) {
		if (ended_by_kernel)
			tally_odd(&w->tally, w->now_ns, ODD_MULTISHOT_ENDED);
		conn_arm_receive(w, c);
	} else if (c->flags & CONN_MULTISHOT && misfit(w, c)) {
		conn_cancel_receive(w, c);
	}
}

void conn_note_parts(struct worker *w, const struct conn *c, uint64_t mean_chunk)
{
	if (!in_long_chunks(w, c, mean_chunk))
		w->kept_lately = KEPT_LATELY;
	else if (w->kept_lately)
		w->kept_lately--;
}
