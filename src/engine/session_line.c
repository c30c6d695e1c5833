/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * HTTP/1.1 pipelining: a line of exchanges on each connection, kept by engine/pipeline.h. The exchange in
 * struct conn is the head of the line, whose response comes next.
 *
 * The usual way: a connection that is free or has received a response is scheduled. pass_ended() fills its
 * line, with several requests in one send. written() is called when the kernel has taken the bytes.
 * received() is called for the bytes of the responses; each complete response makes the next request the head
 * and schedules the connection again.
 *
 * Other ways: the connection is lost, and judge() decides for each exchange of its line. Exchanges to be sent
 * again keep their place in the line and wait for the next connection.
 */
#include <stdlib.h>

#include "engine/pipeline.h"
#include "engine/session_http1.h"

/* The session's state of a worker. */
struct line_state {
	struct pipelines pipelines;
	struct h1_memo memo;
};

static bool open_state(struct worker *w)
{
	struct line_state *state = calloc(1, sizeof(*state));

	w->session_state = state;
	return state &&
	       pipelines_init(&state->pipelines, w->plan->pipeline, w->conn_count, &w->plan->request);
}

static void close_state(struct worker *w)
{
	struct line_state *state = w->session_state;

	if (state)
		pipelines_deinit(&state->pipelines);
	free(state);
}

static inline struct pipelines *pipelines_of(const struct worker *w)
{
	return &((struct line_state *)w->session_state)->pipelines;
}

static inline struct pipeline *line_of(const struct worker *w, const struct conn *c)
{
	return &pipelines_of(w)->lines[conn_index(w, c)];
}

static uint32_t unsent_of(const struct worker *w, uint32_t index, unsigned number)
{
	return (uint32_t)(w->plan->request.length - pipeline_taken(pipelines_of(w), index, number));
}

/* Points the fields of the connection at this request of the line, before the first byte of its response. */
static void show_request(struct worker *w, struct conn *c, unsigned number)
{
	uint32_t index = conn_index(w, c);
	const struct pipelined *request = pipeline_at(pipelines_of(w), index, number);

	c->exchange.sent_ns = request->sent_ns;
	c->exchange.written_ns = request->written_ns;
	c->exchange.first_ns = 0;
	c->unsent = unsent_of(w, index, number);
	c->flags = (uint8_t)((c->flags & ~CONN_RETRIED) | (request->retried ? CONN_RETRIED : 0));
}

static struct exchange_place place_of(const struct worker *w, const struct conn *c, unsigned number)
{
	const struct pipelined *request = pipeline_at(pipelines_of(w), conn_index(w, c), number);

	return (struct exchange_place){conn_index(w, c), request->ordinal, request->retried, 0};
}

/* ---- send ---- */

/* The head of the line is the exchange whose response comes next. */
static void await_head(struct worker *w, struct conn *c)
{
	c->state = CONN_BUSY;
	show_request(w, c, 0);
	h1_begin(parser_of(c), w->plan->request.head_method);
}

static void send_chunk(struct worker *w, struct conn *c)
{
	size_t length;
	const char *from = pipeline_chunk(pipelines_of(w), conn_index(w, c), &length);

	/* Completions may be partial, so that each request counts as written as soon as it is. */
	conn_send(w, c, from, length, 0);
}

/* Sends one request, either one to be sent again or a new one. False: there is none. */
static bool send_next(struct worker *w, struct conn *c)
{
	struct pipeline *line = line_of(w, c);
	bool again = line->sent < line->count;
	struct pipelined *request;
	struct exchange begun;

	if (!again && (c->leaving || !may_send(w) || !take_request(w, w->now_ns)))
		return false;
	request = pipeline_send(pipelines_of(w), conn_index(w, c), w->now_ns);
	begun = (struct exchange){.sent_ns = request->sent_ns};
	if (again)
		exchange_retried(&w->tally, &begun);
	else
		exchange_sent(&w->tally, &begun, w->now_ns, w->now_ns);
	request->ordinal = exchange_queued(&w->tally, conn_index(w, c));
	return true;
}

static void fill_line(struct worker *w, struct conn *c)
{
	bool was_idle = c->state == CONN_IDLE;
	unsigned count = 0;

	if (c->state != CONN_IDLE && c->state != CONN_BUSY)
		return; /* the connection was lost meanwhile */
	if (c->leaving && was_idle && !line_of(w, c)->count) {
		conn_leave(w, c);
		return;
	}
	for (unsigned room = pipeline_room(pipelines_of(w), conn_index(w, c)); room && send_next(w, c);
	     room--)
		count++;
	if (!count)
		return;
	if (was_idle)
		await_head(w, c);
	conn_await_response(w, c);
	send_chunk(w, c);
}

static void pass_ended(struct worker *w)
{
	uint32_t index;

	while (pipelines_next(pipelines_of(w), &index)) {
		w->now_ns = clock_now_ns();
		fill_line(w, &w->conns[index]);
	}
}

/* Requests that wait to be sent again are sent even when no new one may be sent. */
static void schedule(struct worker *w, struct conn *c)
{
	pipeline_schedule(pipelines_of(w), conn_index(w, c));
}

static void ready(struct worker *w, struct conn *c)
{
	if (!(c->flags & CONN_PENDING) && w->phase != WORKER_RUNNING)
		return;
	c->flags &= (uint8_t)~CONN_PENDING;
	schedule(w, c);
}

static void written(struct worker *w, struct conn *c, size_t bytes)
{
	uint32_t index = conn_index(w, c);
	size_t asked;

	pipeline_chunk(pipelines_of(w), index, &asked);
	if (bytes && bytes < asked)
		conn_sent_short(w, c);
	pipeline_written(pipelines_of(w), index, bytes, w->now_ns);
	c->unsent = unsent_of(w, index, 0);
	c->exchange.written_ns = pipeline_at(pipelines_of(w), index, 0)->written_ns;
	if (pipeline_chunk(pipelines_of(w), index, &asked))
		send_chunk(w, c);
	else
		schedule(w, c);
}

/* ---- losses ---- */

/* Why a connection is lost, as far as exchanges without a byte of response are concerned. */
struct line_loss {
	bool announced; /* the last response has announced that it is the last one */
	int late;	/* the head has timed out, at this stage (enum late_stage); 0: it has not */
	unsigned first; /* of the line to be judged; those before it are sent again */
};

enum fate { FATE_AGAIN, FATE_ABORTED, FATE_TIMEOUT, FATE_RESET };

/*
 * RFC 9112 sections 9.3.1, 9.3.2 and 9.6 allow to send a request again in three cases. The server has not
 * seen it; or the server has announced the end of the connection, after which it processes nothing; or, once,
 * the method is idempotent. After the deadline nothing can be sent again. Requests that could be sent again
 * but for the deadline are then cut off, like any other request in flight.
 */
static enum fate fate_of(const struct worker *w, const struct conn *c, const struct line_loss *loss)
{
	bool unseen = loss->announced || c->unsent == w->plan->request.length;

	if (loss->late && w->now_ns - c->exchange.sent_ns > w->plan->timeout_ns)
		return FATE_TIMEOUT;
	if (unseen)
		return may_send(w) ? FATE_AGAIN : FATE_ABORTED;
	if (w->plan->request.idempotent && !(c->flags & CONN_RETRIED) && may_send(w))
		return FATE_AGAIN;
	return FATE_RESET;
}

/* The connection is about to be dropped: judges its line. The exchanges that remain wait for the next
 * connection. */
static void judge(struct worker *w, struct conn *c, const struct line_loss *loss)
{
	uint32_t index = conn_index(w, c);
	unsigned kept = loss->first, count = line_of(w, c)->count;

	for (unsigned number = loss->first; number < count; number++) {
		struct exchange_place place = place_of(w, c, number);

		show_request(w, c, number);
		switch (fate_of(w, c, loss)) {
		case FATE_AGAIN:
			*pipeline_at(pipelines_of(w), index, kept++) =
			    *pipeline_at(pipelines_of(w), index, number);
			break;
		case FATE_ABORTED:
			exchange_aborted(&w->tally, &c->exchange, place, w->now_ns);
			break;
		case FATE_TIMEOUT:
			exchange_failed(&w->tally, &c->exchange, place, w->now_ns, ERROR_TIMEOUT, loss->late,
					"no complete response in time, like the one before it");
			break;
		case FATE_RESET:
			exchange_failed(&w->tally, &c->exchange, place, w->now_ns, ERROR_RESET,
					SHARD_LINE_LOST,
					"the connection was lost with an earlier response of its pipeline");
			break;
		}
	}
	pipeline_lost(pipelines_of(w), index, kept, !loss->announced);
	if (kept) {
		show_request(w, c, 0);
		c->flags |= CONN_PENDING;
	}
}

/* No connection could be opened for the line: each of its exchanges is an error. */
static void lose_all(struct worker *w, struct conn *c, const struct loss *loss)
{
	for (unsigned i = 0; i < line_of(w, c)->count; i++) {
		show_request(w, c, i);
		exchange_failed(&w->tally, &c->exchange, place_of(w, c, i), w->now_ns, loss->kind, loss->code,
				loss->text);
	}
	pipeline_lost(pipelines_of(w), conn_index(w, c), 0, false);
}

static void lose(struct worker *w, struct conn *c, const struct loss *loss)
{
	if (loss->unreachable) {
		lose_all(w, c, loss);
		return;
	}
	exchange_failed(&w->tally, &c->exchange, place_of(w, c, 0), w->now_ns, loss->kind, loss->code,
			loss->text);
	pipeline_pop(pipelines_of(w), conn_index(w, c));
	judge(w, c, &(struct line_loss){.late = loss->kind == ERROR_TIMEOUT ? loss->code : 0});
}

/* Ends the connection without a failure. Some of the line may not have been sent yet. */
static void replace(struct worker *w, struct conn *c)
{
	if (!(c->flags & CONN_PENDING))
		judge(w, c, &(struct line_loss){0});
	conn_replace(w, c);
}

static void run_over(struct worker *w, struct conn *c)
{
	for (unsigned i = 0; i < line_of(w, c)->count; i++) {
		if (i || c->state != CONN_BUSY)
			show_request(w, c, i);
		exchange_aborted(&w->tally, &c->exchange, place_of(w, c, i), w->now_ns);
	}
}

/* ---- responses ---- */

/* The response to the head is complete. `reusable`: nothing seen on the connection forbids its reuse. */
static void complete(struct worker *w, struct conn *c, bool reusable)
{
	struct pipeline *line = line_of(w, c);
	bool kept = h1_keepalive(parser_of(c));

	if (c->unsent) {
		tally_odd(&w->tally, w->now_ns, ODD_EARLY_RESPONSE);
		reusable = false;
	}
	reusable = reusable && w->plan->keepalive && kept;
	http1_completed(w, c, place_of(w, c, 0));
	c->failures = 0;
	c->flags |= CONN_REUSED;
	pipeline_pop(pipelines_of(w), conn_index(w, c));
	line->alone = false;
	if (!reusable)
		judge(w, c, &(struct line_loss){.announced = !kept});
	if (reusable && line->sent) {
		await_head(w, c);
		schedule(w, c);
		return;
	}
	c->state = CONN_IDLE;
	c->since_ns = w->now_ns;
	if (reusable)
		schedule(w, c);
	else
		replace(w, c);
}

/* Consumes bytes of the response to the head; returns how many. */
static size_t take_response(struct worker *w, struct conn *c, const char *bytes, size_t length)
{
	struct h1_parser *parser = parser_of(c);
	struct h1_memo *memo = &((struct line_state *)w->session_state)->memo;
	enum h1_progress progress;
	bool reusable;
	size_t used;

	if (!c->exchange.first_ns)
		c->exchange.first_ns = w->now_ns;
	progress = h1_started(parser) ? h1_feed(parser, bytes, length, &used, NULL)
				      : h1_feed_memo(parser, memo, bytes, length, &used, NULL);
	if (progress == H1_COMPLETE) {
		/* Bytes after a response belong to the next one, if a request for it was sent and it may
		 * come. */
		reusable = used == length || (line_of(w, c)->sent > 1 && h1_keepalive(parser));
		if (!reusable)
			tally_stray(&w->tally, w->now_ns);
		complete(w, c, reusable);
	} else if (progress == H1_BROKEN) {
		http1_broken(w, c);
	}
	return used;
}

/* Consumes all responses in the bytes, as long as the connection lasts. */
static void received(struct worker *w, struct conn *c, const char *bytes, size_t length)
{
	uint32_t generation = c->generation;

	if (c->state != CONN_BUSY) {
		tally_stray(&w->tally, w->now_ns);
		replace(w, c);
		return;
	}
	do {
		size_t used = take_response(w, c, bytes, length);

		bytes += used;
		length -= used;
	} while (length && c->generation == generation && c->state == CONN_BUSY);
}

static void dropped(struct worker *w, struct conn *c, uint64_t bytes)
{
	if (h1_dropped(parser_of(c), bytes) == H1_COMPLETE)
		complete(w, c, true);
}

static void ended(struct worker *w, struct conn *c, int error)
{
	enum h1_progress progress;

	if (c->state != CONN_BUSY) {
		replace(w, c);
		return;
	}
	progress = h1_end(parser_of(c));
	if (progress == H1_BROKEN) {
		http1_broken(w, c);
	} else if (!error && progress == H1_COMPLETE) {
		complete(w, c, false);
	} else if (http1_may_retry(w, c)) {
		/* The head is sent again, and counted then. */
		judge(w, c, &(struct line_loss){.first = 1});
		conn_resend(w, c);
	} else {
		http1_cut(w, c, error);
	}
}

const struct session session_line = {
    .name = "line",
    .several = true,
    /* Several pipelined responses arrive in one receive: 1.15 x the rate of 1 KiB at 0.92 x its CPU, N =
     * 16, c = 50. */
    .small_buffer = 4 * 1024,
    .open = open_state,
    .close = close_state,
    .ready = ready,
    .may_send = schedule,
    .pass_ended = pass_ended,
    .written = written,
    .received = received,
    .dropped = dropped,
    .outlook = http1_outlook,
    .ended = ended,
    .lose = lose,
    .check_time = http1_check_time,
    .run_over = run_over,
};
