/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/h2_loss.h"

#include <stdio.h>
#include <string.h>

#include "engine/h2_events.h"
#include "engine/h2_relief.h"
#include "engine/late.h"

_Static_assert(H2_CODES + 1 == STREAM_CODES, "the names of stats/streams.h are those of enum h2_code");

/* The exchange of the stream has ended. */
void h2_end_stream(struct worker *w, struct conn *c, struct h2_stream *stream)
{
	struct h2_place *place = place_of(c);
	bool full = !h2_room(place->h);

	h2_close(place->h, stream);
	if (full)
		place->free_ns = w->now_ns;
	if (!place->h->open && !place->waiting.count) {
		c->state = CONN_IDLE;
		c->since_ns = w->now_ns;
	}
	if (place->relieved)
		h2_lend(w, c);
}

/* The connection accepts no more streams and has no open ones. */
void h2_replace(struct worker *w, struct conn *c)
{
	struct h2_place *place = place_of(c);

	if (place->relieved)
		h2_hand_over(w, c);
	if (place->waiting.count) {
		c->flags |= CONN_PENDING;
		conn_resend(w, c);
	} else if (place->relieved) {
		h2_relieved_ends(w, c);
	} else {
		conn_replace(w, c);
	}
}

/* ---- streams ---- */

static void fail_stream(struct worker *w, struct conn *c, struct h2_stream *stream, enum error_kind kind,
			int code, const char *text)
{
	if (w->plan->stream)
		h2_events_failed(w, place_of(c)->h, stream);
	exchange_failed(&w->tally, exchange_of(stream), exchange_place_of(w, c, stream), w->now_ns, kind,
			code, text);
	c->exchange.due_ns = exchange_of(stream)->due_ns;
	h2_end_stream(w, c, stream);
}

/* The server has not processed the stream: its exchange waits to be sent again, or is cut off after the
 * deadline. */
static void again(struct worker *w, struct conn *c, struct h2_stream *stream)
{
	struct h2_place *place = place_of(c);

	if (stream->tries >= TRIES_MAX) {
		fail_stream(w, c, stream, ERROR_RESET, H2_TOO_OFTEN,
			    "the server has refused the request 10 times (REFUSED_STREAM or GOAWAY)");
	} else if (!may_send(w)) {
		exchange_aborted(&w->tally, exchange_of(stream), exchange_place_of(w, c, stream), w->now_ns);
		h2_end_stream(w, c, stream);
	} else if (!waiting_put(&place->waiting, stream)) {
		fail_stream(w, c, stream, ERROR_LOCAL, ENOMEM, strerror(ENOMEM));
	} else {
		h2_end_stream(w, c, stream);
	}
}

void h2_was_reset(struct worker *w, struct conn *c, struct h2_stream *stream)
{
	uint32_t code = place_of(c)->h->code;
	unsigned index = stream_code_index(code);
	char text[120];

	tally_stream_reset(&w->tally, w->now_ns, code);
	if (code == H2_REFUSED_STREAM) {
		again(w, c, stream);
		return;
	}
	snprintf(text, sizeof(text), "the server reset the stream: %s%s", stream_code_names[index],
		 code == H2_ENHANCE_YOUR_CALM	? " (too many requests or resets for it)"
		 : code == H2_HTTP_1_1_REQUIRED ? " (leave out --http2)"
						: "");
	fail_stream(w, c, stream, ERROR_RESET, H2_RESET_CODE + (int)index, text);
}

void h2_was_malformed(struct worker *w, struct conn *c, struct h2_stream *stream)
{
	enum h2_error error = place_of(c)->h->error;

	fail_stream(w, c, stream, ERROR_PROTOCOL, H2_ERROR_CODE + (int)error, h2_error_text(error));
}

/* Streams above the last one were not processed. */
void h2_goes_away(struct worker *w, struct conn *c)
{
	struct h2 *h = place_of(c)->h;

	tally_goaway(&w->tally, w->now_ns, h->code);
	for (uint32_t i = 0; i <= h->mask; i++)
		if (h->streams[i].id > h->last_id)
			again(w, c, &h->streams[i]);
}

/* Sends the rest of the output, with GOAWAY at its end, before the connection is dropped. Also after a send
 * in progress: nearly always the kernel has taken its bytes and only not reported it yet. */
static void say_why(struct worker *w, struct conn *c)
{
	struct h2_place *place = place_of(c);
	uint32_t length;
	const uint8_t *from = h2_output(place->h, &length);

	if (c->flags & CONN_SENDING) {
		if (c->wrapped)
			return;
		from += place->chunk;
		length -= place->chunk;
	}
	if (length)
		conn_send(w, c, (const char *)from, length, 0);
}

/* The server breaks HTTP/2. GOAWAY tells it why, if it still reads. */
void h2_broken(struct worker *w, struct conn *c)
{
	struct h2_place *place = place_of(c);
	enum h2_error error = place->h->error;

	if (c->state == CONN_BUSY || c->state == CONN_IDLE) {
		uint32_t generation = c->generation;

		say_why(w, c);
		if (c->generation != generation)
			return;
	}
	if (c->state == CONN_BUSY)
		conn_fail(w, c, ERROR_PROTOCOL, H2_ERROR_CODE + (int)error, h2_error_text(error));
	else
		conn_fail_idle(w, c, ERROR_PROTOCOL, H2_ERROR_CODE + (int)error, h2_error_text(error));
}

/* ---- losses ---- */

/* RFC 9113 section 8.7, RFC 9110 section 9.2.2: unsent requests may be sent again. Sent ones may be sent
 * again once, if the method is idempotent and no byte of the response has arrived. */
static bool may_repeat(const struct worker *w, const struct conn *c, const struct h2_stream *stream)
{
	if (stream->id >= place_of((struct conn *)(uintptr_t)c)->written_id)
		return true;
	return c->flags & CONN_REUSED && !(stream->flags & (H2S_BEGUN | H2S_RETRIED)) &&
	       w->plan->request.idempotent;
}

void h2_lose(struct worker *w, struct conn *c, const struct loss *loss)
{
	struct h2_place *place = place_of(c);
	struct h2 *h = place->h;

	h2_unblock(place, w->now_ns);
	for (uint32_t i = 0; h && h->open && i <= h->mask; i++) {
		struct h2_stream *stream = &h->streams[i];

		if (!stream->id)
			continue;
		if (loss->kind == ERROR_RESET && may_send(w) && may_repeat(w, c, stream)) {
			stream->flags |= stream->id < place->written_id ? H2S_RETRIED : 0;
			again(w, c, stream);
		} else {
			fail_stream(w, c, stream, loss->kind, loss->code, loss->text);
		}
	}
	if (place->relieved)
		h2_hand_over(w, c);
	while ((loss->unreachable || place->relieved) && place->waiting.count) {
		struct h2_waiting waiting = waiting_take(&place->waiting);

		exchange_failed(&w->tally, &waiting.exchange, waiting_place_of(w, c, &waiting), w->now_ns,
				loss->kind, loss->code, loss->text);
	}
	if (place->waiting.count)
		c->flags |= CONN_PENDING;
}

static void describe_end(const struct h2 *h, int error, char *text, size_t size)
{
	const char *where = h->spoke ? "" : " before its SETTINGS (does this port speak HTTP/2?)";

	if (error)
		snprintf(text, size, "%s%s", strerror(error), where);
	else
		snprintf(text, size, "the server closed the connection%s", where);
}

void h2_ended(struct worker *w, struct conn *c, int error)
{
	struct h2_place *place = place_of(c);
	char text[160];

	describe_end(place->h, error, text, sizeof(text));
	if (c->state == CONN_BUSY)
		conn_fail(w, c, ERROR_RESET, 4 * error + (place->h->spoke ? 3 : 0), text);
	else if (!place->h->spoke)
		conn_fail_idle(w, c, ERROR_RESET, 4 * error, text);
	else
		h2_replace(w, c);
}

/* ---- time ---- */

static struct late late_of(const struct worker *w, const struct h2 *h, const struct h2_stream *stream)
{
	const struct exchange *x = exchange_of((struct h2_stream *)(uintptr_t)stream);
	bool sent_all = stream->flags & H2S_SENT_ALL, no_window = stream->window <= 0 || h->window <= 0;
	uint64_t sent = h->sent ? h->sent[stream - h->streams] : 0;

	if (stream->flags & H2S_HEAD)
		return (struct late){LATE_IN_BODY, stream->body_bytes,
				     stream->flags & H2S_LENGTH ? stream->length : 0};
	if (!sent_all && no_window)
		return (struct late){LATE_WINDOW_SHUT, sent, h->config->request->body_length};
	if (!sent_all || (!x->written_ns && !x->first_ns))
		return (struct late){LATE_SENDING, sent,
				     w->plan->request.length - w->plan->request.head_length};
	return (struct late){.stage = LATE_WAITING};
}

static bool fail_late_streams(struct worker *w, struct conn *c)
{
	struct h2 *h = place_of(c)->h;
	char text[LATE_TEXT];
	bool any = false;

	for (uint32_t i = 0; i <= h->mask && h->open; i++) {
		struct h2_stream *stream = &h->streams[i];

		if (!stream->id || w->now_ns - exchange_of(stream)->sent_ns <= w->plan->timeout_ns)
			continue;
		struct late late = late_of(w, h, stream);

		late_describe(&late, w->plan->timeout_ns, text, sizeof(text));
		h2_cancel(h, stream, H2_CANCEL);
		fail_stream(w, c, stream, ERROR_TIMEOUT, (int)late.stage, text);
		h2_schedule(w, c);
		any = true;
	}
	return any;
}

static bool fail_late_waiting(struct worker *w, struct conn *c)
{
	struct h2_waitings *waitings = &place_of(c)->waiting;
	const struct h2 *h = place_of(c)->h;
	bool shut = h && h->spoke && !h->server_streams;
	struct late late = {.stage = c->state != CONN_BUSY ? LATE_CONNECTING
				     : shut		   ? LATE_NO_STREAMS
							   : LATE_WAITING_TO_SEND};
	char text[LATE_TEXT];
	bool any = false;

	late_describe(&late, w->plan->timeout_ns, text, sizeof(text));
	for (uint32_t i = waitings->count; i--;) {
		struct h2_waiting *waiting = &waitings->items[i];

		if (w->now_ns - waiting->exchange.sent_ns <= w->plan->timeout_ns)
			continue;
		exchange_failed(&w->tally, &waiting->exchange, waiting_place_of(w, c, waiting), w->now_ns,
				ERROR_TIMEOUT, (int)late.stage, text);
		waiting_remove(waitings, i);
		any = true;
	}
	return any;
}

/* A connection that has been silent for that long counts as dead, and no more streams are opened on it.
 * Otherwise streams that time out one after another would keep it forever. */
void h2_check_time(struct worker *w, struct conn *c)
{
	struct h2_place *place = place_of(c);
	bool waiting_failed = fail_late_waiting(w, c);

	if (c->state == CONN_BUSY && waiting_failed && !place->h->open && !place->waiting.count) {
		h2_replace(w, c);
	} else if (c->state == CONN_BUSY) {
		if (fail_late_streams(w, c) && w->now_ns - place->heard_ns > w->plan->timeout_ns) {
			h2_retire(place->h);
			if (!place->h->open)
				h2_replace(w, c);
		}
	} else if (waiting_failed && !place->waiting.count) {
		c->flags &= (uint8_t)~CONN_PENDING;
		conn_replace(w, c);
	}
}

/* ---- the end of the run ---- */

void h2_run_over(struct worker *w, struct conn *c)
{
	struct h2_place *place = place_of(c);

	h2_unblock(place, w->now_ns);
	if (place->h)
		h2_count(w, place);
	for (uint32_t i = 0; c->state == CONN_BUSY && i <= place->h->mask; i++) {
		struct h2_stream *stream = &place->h->streams[i];

		if (stream->id)
			exchange_aborted(&w->tally, exchange_of(stream), exchange_place_of(w, c, stream),
					 w->now_ns);
	}
	for (uint32_t i = 0; i < place->waiting.count; i++)
		exchange_aborted(&w->tally, &place->waiting.items[i].exchange,
				 waiting_place_of(w, c, &place->waiting.items[i]), w->now_ns);
}
