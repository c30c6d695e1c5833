/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The usual way: conn.c schedules a connection that is free or has got an answer - conn_send_scheduled()
 * fills its line at the end of the pass - line_written() when the kernel has taken the bytes -
 * line_head_answered() for each answer, which makes the next request the head and schedules again.
 *
 * Other ways: the connection is lost, and line_lose() judges what waits there. What is sent again waits for
 * the next connection, in its place in the line.
 */
#include "engine/conn_line.h"

#include <sys/socket.h>

/* Makes the fields of the connection speak of this request of the line; without a byte of an answer. */
static void show_request(struct worker *w, struct conn *c, unsigned number)
{
	const struct pipelined *request = pipeline_at(w->pipelines, conn_index(w, c), number);

	c->sent_ns = request->sent_ns;
	c->written_ns = request->written_ns;
	c->first_ns = 0;
	c->written = (uint32_t)pipeline_taken(w->pipelines, conn_index(w, c), number);
	c->flags = (uint8_t)((c->flags & ~CONN_RETRIED) | (request->retried ? CONN_RETRIED : 0));
	if (w->log)
		exchange_log_show(w->log, conn_index(w, c), request->ordinal);
}

/* ---- send ---- */

/* The head of the line is the exchange whose answer comes next. */
static void await_answer(struct worker *w, struct conn *c)
{
	c->state = CONN_BUSY;
	show_request(w, c, 0);
	h1_begin(&c->parser, w->plan->request.head_method);
}

void line_send(struct worker *w, struct conn *c)
{
	struct io_uring_sqe *sqe = ring_sqe(&w->ring);
	size_t length;
	const char *from = pipeline_chunk(w->pipelines, conn_index(w, c), &length);

	/* It may be short, so that each request counts as written when it is. */
	io_uring_prep_send(sqe, c->file, from, length, MSG_NOSIGNAL);
	sqe->flags |= file_flag(w);
	sqe->user_data = tag(w, c, OP_SEND);
	c->flags |= CONN_SENDING;
}

/* One request: of those to be sent again, or a new one. False: there is none. */
static bool send_next(struct worker *w, struct conn *c)
{
	struct pipeline *line = line_of(w, c);
	bool again = line->sent < line->count;
	struct pipelined *request;

	if (!again && !(may_send(w) && take_request(w, w->now_ns)))
		return false;
	request = pipeline_send(w->pipelines, conn_index(w, c), w->now_ns);
	if (again)
		shard_bump(&worker_shard(w, request->sent_ns)->retried, 1);
	else
		w->in_flight++;
	if (w->log)
		request->ordinal = exchange_log_sent(w->log, conn_index(w, c));
	w->sends++;
	return true;
}

static void fill_line(struct worker *w, struct conn *c)
{
	bool was_idle = c->state == CONN_IDLE;
	unsigned count = 0;

	if (c->state != CONN_IDLE && c->state != CONN_BUSY)
		return; /* it was lost meanwhile */
	for (unsigned room = pipeline_room(w->pipelines, conn_index(w, c)); room && send_next(w, c); room--)
		count++;
	if (!count)
		return;
	if (was_idle)
		await_answer(w, c);
	else if (w->log) /* the ordinal is that of the last one that was sent */
		exchange_log_show(w->log, conn_index(w, c),
				  pipeline_at(w->pipelines, conn_index(w, c), 0)->ordinal);
	if (!(c->flags & CONN_RECEIVING))
		conn_arm_receive(w, c);
	line_send(w, c);
}

void conn_send_scheduled(struct worker *w)
{
	uint32_t index;

	while (pipelines_next(w->pipelines, &index)) {
		w->now_ns = clock_now_ns();
		fill_line(w, &w->conns[index]);
	}
}

void line_written(struct worker *w, struct conn *c, size_t bytes)
{
	uint32_t index = conn_index(w, c);
	size_t asked;

	pipeline_chunk(w->pipelines, index, &asked);
	if (bytes < asked)
		shard_bump(&shard_now(w)->oddities[ODD_SHORT_SEND], 1);
	pipeline_written(w->pipelines, index, bytes, w->now_ns);
	c->written = (uint32_t)pipeline_taken(w->pipelines, index, 0);
	c->written_ns = pipeline_at(w->pipelines, index, 0)->written_ns;
	if (pipeline_chunk(w->pipelines, index, &asked))
		line_send(w, c);
	else
		pipeline_schedule(w->pipelines, index);
}

/* ---- answers ---- */

bool line_head_answered(struct worker *w, struct conn *c, bool reusable)
{
	struct pipeline *line = line_of(w, c);

	pipeline_pop(w->pipelines, conn_index(w, c));
	line->alone = false;
	if (!reusable)
		line_lose(w, c, &(struct line_loss){.announced = !h1_keepalive(&c->parser)});
	if (!reusable || !line->sent)
		return false;
	await_answer(w, c);
	pipeline_schedule(w->pipelines, conn_index(w, c));
	return true;
}

/* ---- losses ---- */

enum fate { FATE_AGAIN, FATE_ABORTED, FATE_TIMEOUT, FATE_RESET };

/*
 * RFC 9112 sections 9.3.1, 9.3.2 and 9.6: a request may be sent again when the server has not seen it, when
 * it has announced the end of the connection, behind which it processes nothing, or, once, when the method is
 * idempotent. After the deadline nothing can be sent again: then those that only the deadline keeps from it
 * are cut off like any other request under way.
 */
static enum fate fate_of(const struct worker *w, const struct conn *c, const struct line_loss *loss)
{
	bool unseen = loss->announced || !c->written;

	if (loss->timed_out && w->now_ns - c->sent_ns > w->plan->timeout_ns)
		return FATE_TIMEOUT;
	if (unseen)
		return may_send(w) ? FATE_AGAIN : FATE_ABORTED;
	if (w->plan->request.idempotent && !(c->flags & CONN_RETRIED) && may_send(w))
		return FATE_AGAIN;
	return FATE_RESET;
}

void line_lose(struct worker *w, struct conn *c, const struct line_loss *loss)
{
	uint32_t index = conn_index(w, c);
	unsigned kept = loss->first, count = line_of(w, c)->count;

	for (unsigned number = loss->first; number < count; number++) {
		show_request(w, c, number);
		switch (fate_of(w, c, loss)) {
		case FATE_AGAIN:
			*pipeline_at(w->pipelines, index, kept++) = *pipeline_at(w->pipelines, index, number);
			continue;
		case FATE_ABORTED:
			conn_count_aborted(w, c);
			break;
		case FATE_TIMEOUT:
			conn_count_error(w, c, ERROR_TIMEOUT, 0,
					 "no complete answer in time, like the one before it");
			break;
		case FATE_RESET:
			conn_count_error(w, c, ERROR_RESET, SHARD_LINE_LOST,
					 "the connection was lost with an earlier answer of its pipeline");
			break;
		}
		conn_exchange_ended(w, c);
	}
	pipeline_lost(w->pipelines, index, kept, !loss->announced);
	if (kept) {
		show_request(w, c, 0);
		c->flags |= CONN_PENDING;
	}
}

void line_lose_others(struct worker *w, struct conn *c, enum error_kind kind)
{
	pipeline_pop(w->pipelines, conn_index(w, c));
	line_lose(w, c, &(struct line_loss){.timed_out = kind == ERROR_TIMEOUT});
}

void line_fail(struct worker *w, struct conn *c, int error, const char *text)
{
	for (unsigned i = 0; i < line_of(w, c)->count; i++) {
		show_request(w, c, i);
		conn_count_error(w, c, ERROR_CONNECT, error, text);
		conn_exchange_ended(w, c);
	}
	pipeline_lost(w->pipelines, conn_index(w, c), 0, false);
}

void line_abort(struct worker *w, struct conn *c)
{
	for (unsigned i = 0; i < line_of(w, c)->count; i++) {
		if (i || c->state != CONN_BUSY)
			show_request(w, c, i);
		conn_count_aborted(w, c);
		w->in_flight--;
	}
}
