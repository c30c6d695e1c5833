/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * HTTP/2: up to `streams` exchanges on each connection, each on its own stream. proto/h2.h knows the
 * protocol; a stream contains its exchange.
 *
 * The usual path: a connection that is ready, or has received something, is scheduled. pass_ended() opens as
 * many streams as there is room for and sends all of them at once. received() takes the frames; each complete
 * response ends its stream.
 *
 * Other paths: h2_loss.c. Requests that the server has not processed (GOAWAY, REFUSED_STREAM, a lost
 * connection) wait and are sent again. h2_relief.c: after a GOAWAY another connection takes the place of this
 * one, which finishes its streams.
 */
#include "engine/h2_calls.h"
#include "engine/h2_events.h"
#include "engine/h2_loss.h"
#include "engine/h2_relief.h"
#include "proto/h2_call.h"

#include <stdlib.h>
#include <string.h>

/* ---- state ---- */

static bool open_state(struct worker *w)
{
	const struct vastar_plan *plan = w->plan;
	struct h2_state *state = calloc(1, sizeof(*state));

	w->session_state = state;
	if (!state)
		return false;
	state->config = (struct h2_config){
	    .request = &state->request,
	    .streams = plan->streams,
	    .window = plan->h2_window,
	    .grpc = plan->call.wanted,
	    .one_message = plan->call.one_message,
	    .each_message = plan->call.wanted && !plan->call.one_message,
	    .paced = plan->call.gap_ns,
	    .longest_message = plan->call.longest_message,
	    .body = plan->stream ? h2_events_body : NULL,
	    .body_context = w,
	};
	if (plan->stream)
		w->body_cap = 0; /* events come in small pieces, however long the body is */
	state->scheduled = calloc(w->slot_count, sizeof(*state->scheduled));
	return h2_request_build(&state->request, plan->request.bytes, plan->request.head_length,
				plan->request.length, plan->target.tls) &&
	       state->scheduled;
}

static void release(struct conn *c)
{
	struct h2_place *place = place_of(c);

	if (place->h)
		free(place->h->user);
	h2_free(place->h);
	free(place->waiting.items);
	*place = (struct h2_place){0};
}

static void close_state(struct worker *w)
{
	struct h2_state *state = w->session_state;

	if (!state)
		return;
	for (uint32_t i = 0; w->conns && i < w->slot_count; i++)
		release(&w->conns[i]);
	h2_request_deinit(&state->request);
	free(state->scheduled);
	free(state);
}

/* ---- send ---- */

/* Hands the output to the kernel. Make it the last call. */
static void flush(struct worker *w, struct conn *c)
{
	struct h2_place *place = place_of(c);
	uint32_t length;
	const uint8_t *from;

	if (c->flags & CONN_SENDING)
		return;
	from = h2_output(place->h, &length);
	if (!length)
		return;
	place->chunk = length;
	place->chunk_id = place->h->next_id;
	conn_send(w, c, (const char *)from, length, 0);
}

/* Puts as much of the bodies as possible into the output, and measures the time in which that is nothing. */
static void upload(struct worker *w, struct conn *c)
{
	struct h2_place *place = place_of(c);
	uint32_t length;

	if (w->plan->call.gap_ns)
		h2_calls_release(w, c);
	h2_upload(place->h);
	h2_output(place->h, &length);
	h2_unblock(place, w->now_ns);
	if (w->plan->call.gap_ns)
		return; /* they wait for their time */
	place->blocked_since_ns = place->h->uploads && !length && !(c->flags & CONN_SENDING) ? w->now_ns : 0;
}

static void opened(struct worker *w, struct conn *c, const struct h2_stream *stream)
{
	if (w->plan->stream)
		h2_events_begin(place_of(c)->h, stream);
	c->state = CONN_BUSY;
	if (!w->plan->keepalive && place_of(c)->h->next_id / 2 >= place_of(c)->h->asked)
		h2_retire(place_of(c)->h);
}

/* Opens a stream for an exchange that was sent before. */
static void send_again(struct worker *w, struct conn *c)
{
	struct h2_place *place = place_of(c);
	struct h2_waiting waiting = waiting_take(&place->waiting);
	struct h2_stream *stream = h2_open(place->h);

	waiting.exchange.written_ns = waiting.exchange.first_ns = 0;
	*exchange_of(stream) = waiting.exchange;
	if (waiting.unsent)
		exchange_of(stream)->sent_ns = w->now_ns;
	stream->tries = waiting.tries;
	stream->flags |= waiting.retried ? H2S_RETRIED : 0;
	if (!waiting.unsent)
		exchange_retried(&w->tally, exchange_of(stream));
	exchange_queued(&w->tally, conn_index(w, c));
	opened(w, c, stream);
}

static void send_new(struct worker *w, struct conn *c, uint64_t due_ns, uint64_t free_ns)
{
	struct h2_stream *stream = h2_open(place_of(c)->h);
	struct exchange *x = exchange_of(stream);

	*x = (struct exchange){.due_ns = due_ns};
	exchange_sent(&w->tally, x, w->now_ns, free_ns);
	exchange_queued(&w->tally, conn_index(w, c));
	opened(w, c, stream);
}

/* The server allows no streams, for now. */
static bool is_shut(const struct h2_place *place)
{
	const struct h2 *h = place->h;

	return h->spoke && !h->server_streams && !h->open && !h->going_away && !place->waiting.count;
}

/* One request waits for a stream on a connection that is shut. It is sent when the server allows streams, or
 * times out. */
static void send_later(struct worker *w, struct conn *c, uint64_t due_ns, uint64_t free_ns)
{
	struct h2_place *place = place_of(c);
	struct h2_stream stream = {.tries = 0};
	struct exchange *x = exchange_of(&stream);

	*x = (struct exchange){.due_ns = due_ns};
	exchange_sent(&w->tally, x, w->now_ns, free_ns);
	if (!waiting_put(&place->waiting, &stream)) {
		exchange_failed(&w->tally, x, exchange_place_of(w, c, &stream), w->now_ns, ERROR_LOCAL,
				ENOMEM, strerror(ENOMEM));
		return;
	}
	place->waiting.items[place->waiting.count - 1].unsent = true;
	c->state = CONN_BUSY;
}

static bool send_due(struct worker *w, struct conn *c, uint64_t due_ns)
{
	struct h2_place *place = place_of(c);

	if (!may_send(w) || !take_request(w, due_ns))
		return false;
	tally_waited(&w->tally, due_ns, w->now_ns);
	if (!h2_room(place->h)) {
		send_later(w, c, due_ns, place->free_ns);
		return true;
	}
	tally_stream_wait(&w->tally, due_ns, w->now_ns);
	send_new(w, c, due_ns, place->free_ns);
	if (h2_room(place->h))
		conn_idle_push_last(w, c);
	if (place->h->uploads)
		upload(w, c);
	flush(w, c);
	return true;
}

static bool has_room(const struct conn *c)
{
	const struct h2_place *place = place_of((struct conn *)(uintptr_t)c);

	return !place->relieved && (h2_room(place->h) || is_shut(place));
}

/* New requests of a closed loop, or of a paced connection. */
static void send_closed(struct worker *w, struct conn *c)
{
	struct h2 *h = place_of(c)->h;
	bool paced = w->plan->pace.kind == PACE_CONNECTION;

	while ((h2_room(h) || is_shut(place_of(c))) && may_send(w)) {
		if (paced && c->exchange.due_ns > w->now_ns) {
			if (c->state == CONN_IDLE)
				conn_await_tick(w, c);
			return;
		}
		if (!take_request(w, w->now_ns))
			return;
		(h2_room(h) ? send_new : send_later)(w, c, paced ? c->exchange.due_ns : w->now_ns,
						     paced ? c->since_ns : w->now_ns);
	}
}

/* True if nothing is in flight and nothing waits to be sent. */
static bool quiet(const struct conn *c, const struct h2_place *place)
{
	return c->state == CONN_IDLE && !place->waiting.count && !(c->flags & CONN_SENDING) &&
	       place->h->out_from == place->h->out_to;
}

/* Sends the output, one send at a time, so that a request is written when its send is complete. */
static void fill(struct worker *w, struct conn *c)
{
	struct h2_place *place = place_of(c);
	struct h2 *h = place->h;

	if (c->state != CONN_IDLE && c->state != CONN_BUSY)
		return; /* lost in the meantime, or about to move */
	if (h->going_away && h->open && !place->relieved)
		h2_relieve(w, c);
	if (place->relieved)
		h2_hand_over(w, c);
	if (!h->open && !(c->flags & CONN_SENDING) &&
	    (h->going_away || (place->relieved && !place->waiting.count))) {
		h2_replace(w, c);
		return;
	}
	if (c->flags & CONN_SENDING)
		return;
	h2_pack(h);
	while (place->waiting.count && h2_room(h))
		send_again(w, c);
	if (c->leaving) {
		if (quiet(c, place)) {
			conn_leave(w, c);
			return;
		}
	} else if (place->relieved) {
		; /* it takes no new requests */
	} else if (w->plan->pace.kind != PACE_OPEN) {
		send_closed(w, c);
	} else if (w->phase == WORKER_RUNNING && (h2_room(h) || is_shut(place))) {
		conn_idle_push_last(w, c);
	}
	if (h->uploads || place->blocked_since_ns)
		upload(w, c);
	conn_await_response(w, c);
	flush(w, c);
}

static void pass_ended(struct worker *w)
{
	struct h2_state *state = w->session_state;

	while (state->scheduled_count) {
		struct conn *c = &w->conns[state->scheduled[--state->scheduled_count]];

		place_of(c)->scheduled = false;
		w->now_ns = clock_now_ns();
		fill(w, c);
	}
}

/* The connection may have come from another worker, whose state ends before the connection. */
static void may_send_now(struct worker *w, struct conn *c)
{
	place_of(c)->h->config = &state_of(w)->config;
	h2_borrow(w, c);
	h2_schedule(w, c);
}

/* The requests in flight are spread evenly over the connections. */
static uint32_t streams_of(const struct worker *w, const struct conn *c)
{
	uint32_t number = w->first_conn + conn_index(w, c) % w->conn_count, count = w->plan->connections;
	uint32_t streams = w->plan->in_flight / count + (number < w->plan->in_flight % count);

	return streams ? streams : 1;
}

static void ready(struct worker *w, struct conn *c)
{
	struct h2_place *place = place_of(c);

	if (!place->h)
		place->h = h2_new(&state_of(w)->config, streams_of(w, c));
	if (place->h)
		h2_borrow(w, c);
	if (!place->h || (w->plan->stream && !place->h->user && !h2_events_init(place->h)) ||
	    !h2_begin(place->h)) {
		conn_fail_idle(w, c, ERROR_LOCAL, ENOMEM, strerror(ENOMEM));
		return;
	}
	place->h->config = &state_of(w)->config;
	place->written_id = 1;
	place->free_ns = place->heard_ns = w->now_ns;
	c->exchange.first_ns = 0; /* of the connection: see conn_fail() */
	c->flags &= (uint8_t)~CONN_PENDING;
	if (place->waiting.count)
		c->state = CONN_BUSY;
	h2_schedule(w, c);
}

/* The streams opened since the last send. Those with a body are written when their body is. */
static void mark_written(struct worker *w, struct h2_place *place)
{
	struct h2 *h = place->h;

	if (h->sent) {
		for (uint32_t i = 0; i <= h->mask; i++)
			if (h->streams[i].id &&
			    (h->streams[i].flags & (H2S_SENT_ALL | H2S_WRITTEN)) == H2S_SENT_ALL) {
				h->streams[i].flags |= H2S_WRITTEN;
				exchange_of(&h->streams[i])->written_ns = w->now_ns;
			}
	} else {
		for (uint32_t id = place->written_id; id < place->chunk_id; id += 2) {
			struct h2_stream *stream = h2_find(h, id);

			if (stream)
				exchange_of(stream)->written_ns = w->now_ns;
		}
	}
	place->written_id = place->chunk_id;
}

static void written(struct worker *w, struct conn *c, size_t bytes)
{
	struct h2_place *place = place_of(c);

	if (bytes && bytes < place->chunk)
		conn_sent_short(w, c);
	h2_taken(place->h, (uint32_t)bytes);
	place->chunk -= (uint32_t)bytes;
	if (!place->chunk)
		mark_written(w, place);
	h2_schedule(w, c);
}

/* ---- receive ---- */

static void complete(struct worker *w, struct conn *c, struct h2_stream *stream)
{
	struct exchange *x = exchange_of(stream);
	uint64_t sent_ns = x->sent_ns;

	if (!x->first_ns)
		x->first_ns = w->now_ns;
	if (!(stream->flags & H2S_SENT_ALL)) {
		tally_odd(&w->tally, w->now_ns, ODD_EARLY_RESPONSE);
		h2_cancel(place_of(c)->h, stream, H2_CANCEL);
	}
	if (w->plan->stream)
		h2_events_complete(w, place_of(c)->h, stream);
	if (place_of(c)->h->calls)
		h2_call_completed(w, c, stream);
	else
		exchange_completed(&w->tally, x, exchange_place_of(w, c, stream),
				   (struct exchange_response){stream->status, stream->body_bytes}, w->now_ns,
				   w->now_ns > w->deadline_ns);
	/* Frames cannot be dropped in the kernel, so long bodies go to the large buffers. */
	conn_note_body(w, c, stream->body_bytes, stream->body_bytes < BIG_BODY, 0);
	waiter_response(&w->waiter, w->now_ns - sent_ns);
	c->exchange.due_ns = x->due_ns;
	c->failures = 0;
	c->flags |= CONN_REUSED;
	h2_end_stream(w, c, stream);
}

static void received(struct worker *w, struct conn *c, const char *bytes, size_t length)
{
	struct h2_place *place = place_of(c);
	const uint8_t *at = (const uint8_t *)bytes, *end = at + length;
	struct h2_stream *stream;
	enum h2_progress progress;

	place->heard_ns = w->now_ns;
	do {
		progress = h2_feed(place->h, &at, end, &stream);
		if (place->h->calls && place->h->calls->heard_count)
			h2_calls_heard(w, place->h);
		switch (progress) {
		case H2_MORE:
			break;
		case H2_BEGUN:
			exchange_of(stream)->first_ns = c->exchange.first_ns = w->now_ns;
			break;
		case H2_COMPLETE:
			complete(w, c, stream);
			break;
		case H2_RESET:
			h2_was_reset(w, c, stream);
			break;
		case H2_MALFORMED:
			h2_was_malformed(w, c, stream);
			break;
		case H2_AWAY:
			h2_goes_away(w, c);
			break;
		case H2_BROKEN:
			h2_broken(w, c);
			return;
		}
	} while (progress != H2_MORE);
	h2_schedule(w, c);
}

static void outlook(const struct conn *c, struct outlook *outlook)
{
	(void)c;
	(void)outlook; /* nothing can be dropped unread */
}

const struct session session_h2 = {
    .name = "h2",
    .several = true,
    .stands_in = true,
    .small_buffer = 4 * 1024,
    .open = open_state,
    .close = close_state,
    .release = release,
    .ready = ready,
    .may_send = may_send_now,
    .has_room = has_room,
    .send_due = send_due,
    .recall = h2_recall,
    .wake = fill,
    .pass_ended = pass_ended,
    .written = written,
    .received = received,
    .outlook = outlook,
    .ended = h2_ended,
    .lose = h2_lose,
    .check_time = h2_check_time,
    .run_over = h2_run_over,
};
