/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * WebSocket: an exchange is a message and the message that the server sends back. proto/ws.h knows the
 * frames.
 *
 * The usual way: ws_greet() makes a WebSocket of a new connection. A connection that is ready, or has
 * received something, is scheduled; pass_ended() puts as many messages into its output as may be under way
 * and sends them together, each with a mask of its own. received() takes the frames. A complete message is
 * the response to the oldest message without one; when there is none, the server has pushed it.
 *
 * Other ways: ws_loss.c. A ping is answered between two messages. A message that is longer than the output
 * goes out in several sends.
 */
#include "engine/session_ws.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Bytes of a send that the kernel has nearly always taken, even if it has not said so yet. */
enum { SHORT_SEND = 4096 };

/* ---- state ---- */

static void seed(struct ws_state *state)
{
	if (getrandom(state->random, sizeof(state->random), 0) != sizeof(state->random))
		state->random[0] = clock_now_ns();
	state->random[1] |= 1; /* one of them is not 0 */
}

static bool open_state(struct worker *w)
{
	struct ws_state *state = calloc(1, sizeof(*state));
	uint64_t all;

	w->session_state = state;
	if (!state)
		return false;
	seed(state);
	state->frame_length = ws_head_length(w->plan->ws.length, true) + w->plan->ws.length;
	all = state->frame_length * w->plan->ws.in_flight;
	if (all > WS_OUT_MAX)
		all = WS_OUT_MAX;
	if (all < w->plan->request.length)
		all = w->plan->request.length;
	state->out_size = (uint32_t)all + WS_OUT_CONTROL;
	if (w->plan->ws.id_count)
		tally_by_id(&w->tally);
	state->scheduled = calloc(w->conn_count, sizeof(*state->scheduled));
	return state->scheduled;
}

static void release(struct conn *c)
{
	struct ws_link *link = ws_link_of(c);

	if (link) {
		ws_inflater_free(link->inflater);
		free(link->head);
	}
	free(link);
	*ws_place_of(c) = (struct ws_place){0};
}

static void close_state(struct worker *w)
{
	struct ws_state *state = w->session_state;

	for (uint32_t i = 0; w->conns && i < w->conn_count; i++)
		release(&w->conns[i]);
	if (state)
		free(state->scheduled);
	free(state);
}

/* ---- send ---- */

/* Hands the output to the kernel. Make it the last call. */
static void flush(struct worker *w, struct conn *c)
{
	struct ws_link *link = ws_link_of(c);

	if (c->flags & CONN_SENDING || link->out_from == link->out_to)
		return;
	link->chunk = link->out_to - link->out_from;
	link->chunk_ended = link->ended;
	conn_send(w, c, (const char *)link->out + link->out_from, link->chunk, MSG_WAITALL);
}

/* The connection takes no further message: it was to be replaced, or serves one only. */
static bool is_last(const struct worker *w, const struct conn *c)
{
	return c->flags & CONN_LAST || (!w->plan->keepalive && ws_link_of(c)->begun);
}

/* May one more message begin, and is there room for its head at least? */
static bool has_room_for(const struct worker *w, const struct conn *c)
{
	const struct ws_link *link = ws_link_of(c);

	return ws_open(link) < w->plan->ws.in_flight && link->begun - link->answered < link->depth &&
	       link->begun == link->ended && !is_last(w, c) &&
	       ws_out_room(ws_state_of(w), link) >=
		   (ws_state_of(w)->frame_length < WS_OUT_MAX ? ws_state_of(w)->frame_length : WS_HEAD_MAX);
}

/* Nothing is sent: the exchange is the wait for the next message. */
static void await_push(struct worker *w, struct ws_link *link, struct ws_sent *sent)
{
	sent->exchange.written_ns = w->now_ns;
	link->written = link->ended = ++link->begun;
}

static void send_new(struct worker *w, struct conn *c, uint64_t due_ns, uint64_t free_ns)
{
	struct ws_link *link = ws_link_of(c);
	struct ws_sent *sent = &link->ring[link->begun % link->depth];

	*sent = (struct ws_sent){.exchange.due_ns = due_ns};
	exchange_sent(&w->tally, &sent->exchange, w->now_ns, free_ns);
	sent->ordinal = exchange_queued(&w->tally, conn_index(w, c));
	c->state = CONN_BUSY;
	if (w->plan->ws.listen && (link->begun || !w->plan->ws.length))
		await_push(w, link, sent);
	else
		ws_out_message(w, link);
}

/* Of struct session, which does not know the worker: room for what was not begun. */
static bool has_room(const struct conn *c)
{
	const struct ws_link *link = ws_link_of(c);

	return link && ws_open(link) < link->in_flight && link->begun - link->answered < link->depth &&
	       link->begun == link->ended && !(c->flags & (CONN_SENDING | CONN_LAST));
}

static bool send_due(struct worker *w, struct conn *c, uint64_t due_ns)
{
	if (!may_send(w) || !take_request(w, due_ns))
		return false;
	tally_waited(&w->tally, due_ns, w->now_ns);
	send_new(w, c, due_ns, ws_link_of(c)->free_ns);
	flush(w, c);
	return true;
}

/* New messages of a closed loop, or of a connection with a pace of its own. */
static void send_closed(struct worker *w, struct conn *c)
{
	bool paced = w->plan->pace.kind == PACE_CONNECTION;

	while (may_send(w) && has_room_for(w, c)) {
		if (paced && c->exchange.due_ns > w->now_ns) {
			if (c->state == CONN_IDLE)
				conn_await_tick(w, c);
			return;
		}
		if (!take_request(w, w->now_ns))
			return;
		send_new(w, c, paced ? c->exchange.due_ns : w->now_ns, paced ? c->since_ns : w->now_ns);
	}
}

/* Sends what there is, one send at a time. */
static void fill(struct worker *w, struct conn *c)
{
	struct ws_link *link = ws_link_of(c);

	if ((c->state != CONN_IDLE && c->state != CONN_BUSY) || c->flags & CONN_SENDING)
		return;
	if (!ws_open(link) && is_last(w, c)) {
		conn_replace(w, c);
		return;
	}
	if (link->begun != link->ended)
		ws_out_payload(w, link);
	ws_out_pong(w, link);
	ws_out_ping(w, link);
	if (c->leaving) {
		if (c->state == CONN_IDLE && link->out_from == link->out_to && !ws_in_message(&link->ws) &&
		    !link->ws.in_frame && !link->ws.head_have) {
			conn_leave(w, c);
			return;
		}
	} else if (w->plan->pace.kind != PACE_OPEN) {
		send_closed(w, c);
	} else if (w->phase == WORKER_RUNNING && has_room(c)) {
		conn_idle_push_last(w, c);
	}
	conn_await_response(w, c);
	flush(w, c);
}

static void pass_ended(struct worker *w)
{
	struct ws_state *state = ws_state_of(w);

	while (state->scheduled_count) {
		struct conn *c = &w->conns[state->scheduled[--state->scheduled_count]];

		ws_place_of(c)->scheduled = false;
		w->now_ns = clock_now_ns();
		fill(w, c);
	}
}

static void ready(struct worker *w, struct conn *c)
{
	ws_schedule(w, c);
}

/* What the kernel has taken of the request to upgrade, and of messages. */
static void written(struct worker *w, struct conn *c, size_t bytes)
{
	struct ws_link *link = ws_link_of(c);

	if (bytes && bytes < link->chunk)
		conn_sent_short(w, c);
	link->out_from += (uint32_t)bytes;
	link->chunk -= (uint32_t)bytes;
	if (link->chunk) {
		conn_send(w, c, (const char *)link->out + link->out_from, link->chunk, MSG_WAITALL);
		return;
	}
	link->out_from = link->out_to = 0;
	for (; link->written != link->chunk_ended; link->written++)
		if (link->written - link->answered < link->depth) /* its response has not arrived already */
			link->ring[link->written % link->depth].exchange.written_ns = w->now_ns;
	ws_schedule(w, c);
}

/* ---- receive ---- */

/* The response to this message has arrived. Skips the messages behind it that have theirs, too. */
static void retire(struct ws_link *link, uint32_t number)
{
	if (number != link->answered) {
		link->ring[number % link->depth].done = true;
		link->ahead++;
		return;
	}
	for (link->answered++; link->ahead && ws_oldest(link)->done; link->answered++)
		link->ahead--;
}

/* A message is complete: the response to this one. */
static void complete(struct worker *w, struct conn *c, uint32_t number)
{
	struct ws_link *link = ws_link_of(c);
	struct ws_sent *sent = &link->ring[number % link->depth];
	struct exchange *x = &sent->exchange;
	uint64_t sent_ns = x->sent_ns, bytes = link->ws.message_bytes;

	x->first_ns = link->first_ns;
	if (number == link->ended) /* its last byte is not even queued */
		tally_odd(&w->tally, w->now_ns, ODD_EARLY_RESPONSE);
	exchange_completed(&w->tally, x, ws_place_in_log(w, c, sent), (struct exchange_response){200, bytes},
			   w->now_ns, w->now_ns > w->deadline_ns);
	conn_note_body(w, c, bytes, bytes < BIG_BODY, 0);
	waiter_response(&w->waiter, w->now_ns - sent_ns);
	c->exchange.due_ns = x->due_ns;
	c->exchange.first_ns = w->now_ns; /* of the connection: see conn_fail() */
	c->failures = 0;
	c->flags |= CONN_REUSED;
	if (ws_open(link) == link->in_flight)
		link->free_ns = w->now_ns;
	retire(link, number);
	if (!ws_open(link)) {
		c->state = CONN_IDLE;
		c->since_ns = w->now_ns;
	}
}

/* The digits that were read last may be the id of a message that waits for its response. */
static void judge_digits(struct ws_link *link)
{
	struct ws_search *search = &link->search;
	uint32_t number = (uint32_t)(search->value - WS_ID_FIRST), waits = number - link->answered;

	if (search->digits == WS_ID_DIGITS && !search->any && search->value >= WS_ID_FIRST &&
	    search->value < 2ull * WS_ID_FIRST && waits < link->begun - link->answered &&
	    !link->ring[number % link->depth].done) {
		search->found = number;
		search->any = true;
	}
	search->digits = 0;
	search->value = 0;
}

static void search_piece(struct ws_link *link, const uint8_t *bytes, size_t length)
{
	struct ws_search *search = &link->search;

	for (size_t i = 0; i < length; i++) {
		if (bytes[i] >= '0' && bytes[i] <= '9') {
			search->digits += search->digits <= WS_ID_DIGITS;
			search->value = search->digits <= WS_ID_DIGITS
					    ? 10 * search->value + (uint64_t)(bytes[i] - '0')
					    : 0;
		} else if (search->digits) {
			judge_digits(link);
		}
	}
}

/* Finds the message that it responds to. False: there is none. */
static bool find_message(const struct worker *w, struct ws_link *link, uint32_t *numberp)
{
	bool any;

	if (!w->plan->ws.id_count) {
		*numberp = link->answered;
		return ws_open(link) > 0;
	}
	judge_digits(link);
	any = link->search.any;
	*numberp = link->search.found;
	link->search = (struct ws_search){0};
	return any;
}

static void message_came(struct worker *w, struct conn *c)
{
	struct ws_link *link = ws_link_of(c);
	uint32_t number;
	bool answers = find_message(w, link, &number);

	tally_message(&w->tally, w->now_ns, link->ws.message_frames, !answers);
	if (answers)
		complete(w, c, number);
	link->first_ns = 0;
	if (w->plan->ws.listen && !ws_open(link) && may_send(w) && !is_last(w, c) && !c->leaving &&
	    take_request(w, w->now_ns))
		send_new(w, c, w->now_ns, w->now_ns);
}

/* An unsolicited pong is ignored (RFC 6455 section 5.5.3). */
static void pong_came(struct worker *w, struct ws_link *link)
{
	if (!link->ping_ns || link->ws.control_have != sizeof(link->ping_ns) ||
	    memcmp(link->ws.control, &link->ping_ns, sizeof(link->ping_ns)) != 0)
		return;
	tally_pong(&w->tally, w->now_ns - link->ping_ns, w->now_ns);
	link->ping_ns = 0;
}

/* The newest ping is the one to answer (RFC 6455 section 5.5.3). */
static void ping_came(struct worker *w, struct ws_link *link)
{
	tally_ping(&w->tally, w->now_ns);
	link->pong_due = true;
	link->pong_length = link->ws.control_have;
	memcpy(link->pong, link->ws.control, link->pong_length);
}

static bool check_inflated(void *ws, const uint8_t *bytes, size_t length)
{
	return ws_check_text(ws, bytes, length, false);
}

static bool ignore_inflated(void *ws, const uint8_t *bytes, size_t length)
{
	(void)ws;
	(void)bytes;
	(void)length;
	return true;
}

/* A piece of a compressed message. False: it cannot be decompressed, or is not UTF-8. */
static bool inflate_piece(struct ws_link *link, bool last)
{
	struct ws *ws = &link->ws;

	if (!link->inflater)
		link->inflater = ws_inflater_new();
	if (!link->inflater || !ws_inflate(link->inflater, ws->piece, ws->piece_length, last,
					   ws->text ? check_inflated : ignore_inflated, ws)) {
		ws->error = ws->error ? ws->error : WS_ERROR_DEFLATE;
		return false;
	}
	if (!last)
		return true;
	ws_inflater_reset(link->inflater);
	return !ws->text || ws_check_text(ws, (const uint8_t *)"", 0, true);
}

/* False: the connection has ended. */
static bool take_frames(struct worker *w, struct conn *c, const uint8_t *at, const uint8_t *end)
{
	struct ws_link *link = ws_link_of(c);
	enum ws_event event;

	do {
		event = ws_feed(&link->ws, &at, end);
		if (ws_in_message(&link->ws) && !link->first_ns)
			link->first_ns = w->now_ns;
		if (link->ws.compressed && (event == WS_PIECE || event == WS_MESSAGE) &&
		    !inflate_piece(link, event == WS_MESSAGE))
			event = WS_BROKEN;
		if (w->plan->ws.id_count && (event == WS_PIECE || event == WS_MESSAGE))
			search_piece(link, link->ws.piece, link->ws.piece_length);
		switch (event) {
		case WS_MORE:
		case WS_PIECE:
			break;
		case WS_PONG_CAME:
			pong_came(w, link);
			break;
		case WS_MESSAGE:
			if (!link->first_ns)
				link->first_ns = w->now_ns;
			message_came(w, c);
			break;
		case WS_PING_CAME:
			ping_came(w, link);
			break;
		case WS_CLOSE_CAME:
			ws_closed(w, c);
			return false;
		case WS_BROKEN:
			ws_broken(w, c);
			return false;
		}
	} while (event != WS_MORE);
	return true;
}

static void received(struct worker *w, struct conn *c, const char *bytes, size_t length)
{
	uint32_t generation = c->generation;

	if (c->state == CONN_GREETING) {
		size_t used = ws_greeting(w, c, bytes, length);

		if (c->generation != generation || c->state == CONN_GREETING)
			return;
		bytes += used;
		length -= used;
	}
	if (take_frames(w, c, (const uint8_t *)bytes, (const uint8_t *)bytes + length))
		ws_schedule(w, c);
}

static void outlook(const struct conn *c, struct outlook *outlook)
{
	(void)c;
	(void)outlook; /* every byte must be read */
}

/* Why the connection ends: what the server has sent, or that there is nothing left to say. */
static size_t farewell(struct worker *w, struct conn *c, uint8_t *to)
{
	struct ws_link *link = ws_link_of(c);
	uint16_t code = WS_NORMAL;
	uint8_t mask[4];

	if (link->begun != link->ended || link->out_to - link->out_from > SHORT_SEND)
		return 0;
	if (link->ws.error)
		code = ws_error_code(link->ws.error);
	else if (link->ws.closed)
		code = link->ws.code;
	ws_new_mask(ws_state_of(w), mask);
	return ws_put_close(to, code, mask);
}

const struct session session_ws = {
    .name = "ws",
    .several = true,
    .small_buffer = 2 * 1024,
    .open = open_state,
    .close = close_state,
    .release = release,
    .greet = ws_greet,
    .farewell = farewell,
    .ready = ready,
    .may_send = ready,
    .has_room = has_room,
    .send_due = send_due,
    .pass_ended = pass_ended,
    .written = written,
    .received = received,
    .outlook = outlook,
    .ended = ws_ended,
    .lose = ws_lose,
    .check_time = ws_check_time,
    .run_over = ws_run_over,
};
