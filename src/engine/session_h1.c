/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * HTTP/1.1, one exchange at a time. The exchange is in the connection itself.
 *
 * The usual way: send_next() runs when the connection is free and a request is due. send_request() queues
 * the request and arms a receive. Then written() is called, and received() feeds the parser until the
 * response is complete. complete() counts the response and sends the next request.
 *
 * Other ways. A redirect: follow_redirect() continues with another request of the same exchange, on this
 * connection or, for another origin, on a new one. A kept connection turns out to be dead before the
 * first byte of the response: the request is sent once more.
 *
 * The rows h1_stream, h1_expect and h1_tokens are the same, except that they read the responses
 * (session_h1_read.h), so that no part of a body is dropped.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/session_h1_read.h"
#include "engine/session_http1.h"

/* The session's state of a worker. */
struct h1_state {
	struct h1_memo memo;
	/* The Location of the head that is being read, if the head comes in one piece; otherwise see
	 * struct hop. */
	struct h1_location location;
	struct h1_location kept; /* the Location kept in a hop */
	char value[LOCATION_MAX];
	const struct h1_reader *reader; /* NULL in the row h1 */
	void *reader_data;
};

static bool open_state(struct worker *w)
{
	struct h1_state *state = calloc(1, sizeof(*state));

	if (state)
		state->location = (struct h1_location){.value = state->value, .capacity = LOCATION_MAX};
	w->session_state = state;
	return state;
}

static void close_state(struct worker *w)
{
	struct h1_state *state = w->session_state;

	if (state && state->reader)
		state->reader->close(w, state->reader_data);
	free(state);
}

static bool open_reading(struct worker *w, const struct h1_reader *reader)
{
	struct h1_state *state;

	if (!open_state(w))
		return false;
	state = w->session_state;
	state->reader = reader;
	state->reader_data = reader->open(w);
	w->body_cap = 0; /* all bytes are read, in small pieces, however long a body is */
	return state->reader_data;
}

static bool open_stream(struct worker *w)
{
	return open_reading(w, &h1_reads_events);
}

static bool open_tokens(struct worker *w)
{
	return open_reading(w, &h1_reads_tokens);
}

static bool open_expect(struct worker *w)
{
	return open_reading(w, &h1_reads_expected);
}

static struct h1_state *state_of(const struct worker *w)
{
	return w->session_state;
}

static inline struct exchange_place place_of(const struct worker *w, const struct conn *c)
{
	return (struct exchange_place){conn_index(w, c), EXCHANGE_LATEST, c->flags & CONN_RETRIED,
				       (uint16_t)mixer_pick(&w->mixer, conn_index(w, c))};
}

static void leave_route(struct worker *w, struct conn *c)
{
	struct hop *hop;

	if (!c->led)
		return;
	hop = w->hops[conn_index(w, c)];
	router_leave(hop->route);
	hop->route = NULL;
	hop->hops = 0;
	c->led = false;
}

/* ---- send ---- */

static inline void queue_send(struct worker *w, struct conn *c, const struct request *request)
{
	conn_send(w, c, request->bytes + request->length - c->unsent, c->unsent, MSG_WAITALL);
}

static void send_request(struct worker *w, struct conn *c)
{
	const struct request *request = route_of(w, c)->request;

	c->state = CONN_BUSY;
	c->unsent = (uint32_t)request->length;
	c->exchange.written_ns = 0;
	c->exchange.first_ns = 0;
	if (w->plan->follow_redirects && w->hops[conn_index(w, c)])
		w->hops[conn_index(w, c)]->keeps = false;
	h1_begin(parser_of(c), request->head_method);
	exchange_queued(&w->tally, conn_index(w, c));
	conn_await_response(w, c);
	queue_send(w, c, request);
}

static __attribute__((noinline, cold)) void next_request(struct worker *w, struct conn *c)
{
	mixer_turn(&w->mixer, conn_index(w, c));
}

static void begin_exchange(struct worker *w, struct conn *c)
{
	exchange_sent(&w->tally, &c->exchange, w->now_ns, c->since_ns);
	if (w->mixer.picks)
		next_request(w, c);
	c->flags &= (uint8_t)~CONN_RETRIED;
	send_request(w, c);
}

static bool send_due(struct worker *w, struct conn *c, uint64_t due_ns)
{
	if (!may_send(w) || !take_request(w, due_ns))
		return false;
	c->exchange.due_ns = due_ns;
	tally_waited(&w->tally, due_ns, w->now_ns);
	begin_exchange(w, c);
	return true;
}

static void send_next(struct worker *w, struct conn *c)
{
	if (!may_send(w))
		return;
	if (c->leaving)
		conn_leave(w, c);
	else if (w->plan->pace.kind == PACE_OPEN)
		conn_await_arrival(w, c);
	else if (w->plan->pace.kind != PACE_CLOSED && c->exchange.due_ns > w->now_ns)
		conn_await_tick(w, c);
	else if (take_request(w, w->now_ns))
		begin_exchange(w, c);
}

static void ready(struct worker *w, struct conn *c)
{
	if (c->flags & CONN_PENDING) {
		c->flags &= (uint8_t)~CONN_PENDING;
		send_request(w, c);
	} else if (w->phase == WORKER_RUNNING) {
		send_next(w, c);
	}
}

/* Out of line, so that the usual way saves no registers. */
static __attribute__((noinline, cold)) void sent_short(struct worker *w, struct conn *c, size_t bytes)
{
	if (http1_late(w, c) && !h1_started(parser_of(c))) {
		http1_fail_late(w, c);
		return;
	}
	if (bytes)
		conn_sent_short(w, c);
	queue_send(w, c, route_of(w, c)->request);
}

static void written(struct worker *w, struct conn *c, size_t bytes)
{
	c->unsent -= (uint32_t)bytes;
	c->exchange.written_ns = w->now_ns;
	if (c->unsent)
		sent_short(w, c, bytes);
}

/* ---- redirects ---- */

/* The part of the Location that earlier receives have brought; NULL: none. */
static struct h1_location *kept_location(struct worker *w, const struct conn *c)
{
	struct h1_state *state = state_of(w);
	struct hop *hop = w->hops[conn_index(w, c)];

	if (!hop || !hop->keeps)
		return NULL;
	state->kept = (struct h1_location){
	    .value = hop->location, .capacity = LOCATION_MAX, .length = hop->location_length};
	return &state->kept;
}

/* Where the parser may write a Location; NULL: the Location is not needed. */
static struct h1_location *wanted_location(struct worker *w, const struct conn *c)
{
	struct h1_state *state = state_of(w);
	struct h1_location *kept;

	if (!w->plan->follow_redirects)
		return NULL;
	kept = kept_location(w, c);
	if (kept)
		return kept;
	state->location.length = 0;
	return &state->location;
}

static struct hop *hop_of(struct worker *w, struct conn *c)
{
	struct hop **hopp = &w->hops[conn_index(w, c)];

	if (!*hopp)
		*hopp = calloc(1, sizeof(**hopp));
	return *hopp;
}

/* The head or body of a redirect ends in a later receive. So the part of its Location seen so far must
 * outlive this one. */
static void keep_location(struct worker *w, struct conn *c, const struct h1_location *seen)
{
	struct hop *hop = hop_of(w, c);

	if (!hop)
		return;
	if (seen->value != hop->location)
		memcpy(hop->location, seen->value, seen->length);
	hop->location_length = seen->length;
	hop->keeps = true;
}

static void note_outcome(struct worker *w, enum redirect_outcome outcome)
{
	if (outcome == REDIRECT_OTHER_HOST)
		w->notes |= NOTE_OTHER_HOST;
	else if (outcome == REDIRECT_HTTPS)
		w->notes |= NOTE_HTTPS;
	else if (outcome == REDIRECT_NO_PROXY)
		w->notes |= NOTE_NO_PROXY;
	else if (outcome == REDIRECT_TOO_MANY)
		w->notes |= NOTE_TOO_MANY_HOPS;
}

/* True when the exchange continues with another request; false when the 3xx is its response. Out of line, so
 * that the usual way saves no registers. */
static __attribute__((noinline, cold)) bool follow_redirect(struct worker *w, struct conn *c,
							    const struct h1_location *location, bool reusable)
{
	const struct route *from = route_of(w, c);
	struct hop *hop;
	struct route *route;
	enum redirect_outcome outcome;

	if (!location || !location->length || !may_send(w) || !(hop = hop_of(w, c)))
		return false;
	outcome = router_follow(&w->router, from, hop->hops, parser_of(c)->status, location->value,
				location->length, &route);
	note_outcome(w, outcome);
	if (outcome != REDIRECT_FOLLOW)
		return false;
	if (c->led)
		router_leave(hop->route);
	hop->route = route;
	hop->hops++;
	c->led = true;
	c->flags |= CONN_REUSED;
	if (reusable && target_same_origin(from->target, route->target)) {
		send_request(w, c);
		return true;
	}
	c->flags |= CONN_PENDING;
	c->exchange.first_ns = 0; /* the final response is still to come */
	conn_drop(w, c);
	c->address = 0;
	conn_open(w, c);
	return true;
}

/* ---- receive ---- */

/* The exchange continues with another request. Otherwise *reusablep says whether the connection can be used
 * again. */
static inline __attribute__((always_inline)) bool goes_on(struct worker *w, struct conn *c,
							  const struct h1_location *location, bool *reusablep)
{
	const struct h1_parser *parser = parser_of(c);

	if (c->unsent) {
		tally_odd(&w->tally, w->now_ns, ODD_EARLY_RESPONSE);
		*reusablep = false;
	}
	*reusablep = *reusablep && w->plan->keepalive && h1_keepalive(parser);
	return redirect_status(parser->status) && w->plan->follow_redirects &&
	       follow_redirect(w, c, location, *reusablep);
}

/* The exchange is counted: what is next? */
static inline __attribute__((always_inline)) void move_on(struct worker *w, struct conn *c, bool reusable)
{
	leave_route(w, c);
	c->failures = 0;
	c->flags |= CONN_REUSED;
	c->state = CONN_IDLE;
	c->since_ns = w->now_ns;
	if (reusable && !(c->flags & CONN_LAST))
		send_next(w, c);
	else
		conn_replace(w, c);
}

/* A response is complete. `reusable`: nothing seen on the connection forbids its reuse. `location`: of a
 * redirect; may be NULL. */
static void complete(struct worker *w, struct conn *c, const struct h1_location *location, bool reusable)
{
	if (goes_on(w, c, location, &reusable))
		return;
	http1_completed(w, c, place_of(w, c));
	move_on(w, c, reusable);
}

/* The same for a session that reads: its reader may refuse the response, which fails the exchange, not the
 * connection. */
static void complete_read(struct worker *w, struct conn *c, const struct h1_location *location, bool reusable)
{
	const struct h1_state *state = state_of(w);
	struct h1_refusal refusal;

	if (state->reader->complete(w, c, state->reader_data, &refusal)) {
		complete(w, c, location, reusable);
		return;
	}
	if (goes_on(w, c, location, &reusable))
		return;
	exchange_failed(&w->tally, &c->exchange, place_of(w, c), w->now_ns, ERROR_EXPECT, refusal.code,
			refusal.text);
	move_on(w, c, reusable);
}

/* No request was sent for these bytes, so the next bytes could not be told from a response. */
static void take_stray(struct worker *w, struct conn *c)
{
	tally_stray(&w->tally, w->now_ns);
	conn_replace(w, c);
}

/* The parser has taken bytes. `surplus`: the number of bytes after a complete response. */
static inline void fed(struct worker *w, struct conn *c, const struct h1_location *location,
		       enum h1_progress progress, size_t surplus)
{
	if (progress == H1_COMPLETE) {
		if (surplus)
			tally_stray(&w->tally, w->now_ns);
		complete(w, c, location, !surplus);
	} else if (progress == H1_BROKEN) {
		http1_broken(w, c);
	} else if (location && redirect_status(parser_of(c)->status)) {
		keep_location(w, c, location);
	}
}

static void received(struct worker *w, struct conn *c, const char *bytes, size_t length)
{
	struct h1_parser *parser = parser_of(c);
	struct h1_location *location;
	enum h1_progress progress;
	size_t used;

	if (c->state != CONN_BUSY) {
		take_stray(w, c);
		return;
	}
	location = wanted_location(w, c);
	if (!c->exchange.first_ns)
		c->exchange.first_ns = w->now_ns;
	progress = h1_started(parser)
		       ? h1_feed(parser, bytes, length, &used, location)
		       : h1_feed_memo(parser, &state_of(w)->memo, bytes, length, &used, location);
	fed(w, c, location, progress, length - used);
}

static void received_read(struct worker *w, struct conn *c, const char *bytes, size_t length)
{
	const struct h1_state *state = state_of(w);
	struct h1_parser *parser = parser_of(c);
	struct h1_location *location;
	enum h1_progress progress;
	size_t used;

	if (c->state != CONN_BUSY) {
		take_stray(w, c);
		return;
	}
	location = wanted_location(w, c);
	if (!h1_started(parser)) {
		c->exchange.first_ns = w->now_ns;
		state->reader->begin(w, c, state->reader_data);
	}
	do {
		bool in_head = !h1_head_done(parser);
		struct h1_piece body;

		progress = h1_feed_body(parser, bytes, length, &used, location, &body);
		if (!state->reader->take(w, c, state->reader_data, in_head, bytes, used, &body)) {
			conn_fail(w, c, ERROR_LOCAL, ENOMEM, strerror(ENOMEM));
			return;
		}
		bytes += used;
		length -= used;
	} while (progress == H1_MORE && length);
	if (progress != H1_COMPLETE) {
		fed(w, c, location, progress, length);
		return;
	}
	if (length)
		tally_stray(&w->tally, w->now_ns);
	complete_read(w, c, location, !length);
}

/* No byte may be dropped, and large buffers are not needed. */
static void outlook_none(const struct conn *c, struct outlook *outlook)
{
	(void)c;
	*outlook = (struct outlook){0};
}

static void dropped(struct worker *w, struct conn *c, uint64_t bytes)
{
	if (h1_dropped(parser_of(c), bytes) == H1_COMPLETE)
		complete(w, c, kept_location(w, c), true);
}

/* ---- losses ---- */

static void ended(struct worker *w, struct conn *c, int error)
{
	enum h1_progress progress;

	if (c->state != CONN_BUSY) {
		conn_replace(w, c);
		return;
	}
	progress = h1_end(parser_of(c));
	if (progress == H1_BROKEN) {
		/* Known to be malformed before its end, while the parser still collected bytes for the
		 * error message. */
		http1_broken(w, c);
	} else if (!error && progress == H1_COMPLETE) {
		if (state_of(w)->reader)
			complete_read(w, c, kept_location(w, c), false);
		else
			complete(w, c, kept_location(w, c), false);
	} else if (http1_may_retry(w, c)) {
		exchange_retried(&w->tally, &c->exchange);
		c->flags |= CONN_RETRIED | CONN_PENDING;
		conn_resend(w, c);
	} else {
		http1_cut(w, c, error);
	}
}

static void lose(struct worker *w, struct conn *c, const struct loss *loss)
{
	const struct h1_state *state = state_of(w);

	if (state->reader && state->reader->failed && h1_started(parser_of(c)))
		state->reader->failed(w, c, state->reader_data);
	exchange_failed(&w->tally, &c->exchange, place_of(w, c), w->now_ns, loss->kind, loss->code,
			loss->text);
	leave_route(w, c);
}

static void run_over(struct worker *w, struct conn *c)
{
	if (c->state == CONN_BUSY || c->flags & CONN_PENDING)
		exchange_aborted(&w->tally, &c->exchange, place_of(w, c), w->now_ns);
}

const struct session session_h1 = {
    .name = "h1",
    .small_buffer = 1024, /* with at most 1024 of them the pool stays in the L2 cache: 8-11 % less CPU */
    .open = open_state,
    .close = close_state,
    .ready = ready,
    .may_send = send_next,
    .send_due = send_due,
    .written = written,
    .received = received,
    .dropped = dropped,
    .outlook = http1_outlook,
    .ended = ended,
    .lose = lose,
    .check_time = http1_check_time,
    .run_over = run_over,
};

/* The rows that read their responses. */
#define READING(NAME, OPEN)                                                                                  \
	{                                                                                                    \
		.name = NAME, .small_buffer = 1024, .open = OPEN, .close = close_state, .ready = ready,      \
		.may_send = send_next, .send_due = send_due, .written = written, .received = received_read,  \
		.dropped = dropped, .outlook = outlook_none, .ended = ended, .lose = lose,                   \
		.check_time = http1_check_time, .run_over = run_over,                                        \
	}

const struct session session_h1_stream = READING("h1_stream", open_stream);
const struct session session_h1_expect = READING("h1_expect", open_expect);
const struct session session_h1_tokens = READING("h1_tokens", open_tokens);
