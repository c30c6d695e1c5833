/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/session_h1_read.h"

#include <stdlib.h>

#include "engine/event_watch.h"
#include "engine/kept.h"
#include "engine/session_http1.h"

/* ---- events in the body ---- */

static void *open_events(const struct worker *w)
{
	return calloc(w->conn_count, sizeof(struct event_watch));
}

static void close_events(const struct worker *w, void *data)
{
	(void)w;
	free(data);
}

static struct event_watch *watch_of(const struct worker *w, const struct conn *c, void *data)
{
	return (struct event_watch *)data + conn_index(w, c);
}

static bool is_watched(struct conn *c)
{
	return parser_of(c)->status / 100 == 2;
}

static void begin_events(struct worker *w, struct conn *c, void *data)
{
	event_watch_begin(watch_of(w, c, data));
}

static bool take_events(struct worker *w, struct conn *c, void *data, bool in_head, const char *bytes,
			size_t used, const struct h1_piece *body)
{
	(void)in_head, (void)bytes, (void)used;
	if (body->length && is_watched(c))
		event_watch_bytes(watch_of(w, c, data), &w->tally, &c->exchange, body->bytes, body->length,
				  w->now_ns);
	return true;
}

static bool complete_events(struct worker *w, struct conn *c, void *data, struct h1_refusal *refusal)
{
	(void)refusal;
	if (is_watched(c))
		event_watch_complete(watch_of(w, c, data), &w->tally, &c->exchange, w->now_ns);
	return true;
}

static void failed_events(struct worker *w, struct conn *c, void *data)
{
	event_watch_failed(watch_of(w, c, data), &w->tally, &c->exchange);
}

const struct h1_reader h1_reads_events = {
    .open = open_events,
    .close = close_events,
    .begin = begin_events,
    .take = take_events,
    .complete = complete_events,
    .failed = failed_events,
};

/* ---- expected responses ---- */

/* What is kept of a response, to be compared. */
struct expect_watch {
	struct kept head, body;
};

static void *open_expected(const struct worker *w)
{
	return calloc(w->conn_count, sizeof(struct expect_watch));
}

static struct expect_watch *expected_of(const struct worker *w, const struct conn *c, void *data)
{
	return (struct expect_watch *)data + conn_index(w, c);
}

static void close_expected(const struct worker *w, void *data)
{
	struct expect_watch *watches = data;

	for (uint32_t i = 0; watches && i < w->conn_count; i++) {
		kept_free(&watches[i].head);
		kept_free(&watches[i].body);
	}
	free(watches);
}

/* That of the request which the exchange began with, whatever redirects added. */
static const struct expect *expect_of(const struct worker *w, const struct conn *c)
{
	return &home_of(w, c)->request->expect;
}

static void begin_expected(struct worker *w, struct conn *c, void *data)
{
	struct expect_watch *watch = expected_of(w, c, data);

	watch->head.length = watch->body.length = 0;
}

static bool take_expected(struct worker *w, struct conn *c, void *data, bool in_head, const char *bytes,
			  size_t used, const struct h1_piece *body)
{
	struct expect_watch *watch = expected_of(w, c, data);
	size_t head = body->length ? (size_t)(body->bytes - bytes) : used;

	if (in_head && !kept_add(&watch->head, bytes, head, EXPECT_HEAD_MAX))
		return false;
	return !body->length || !expect_of(w, c)->body ||
	       kept_add(&watch->body, body->bytes, body->length, EXPECT_BODY_MAX);
}

static bool complete_expected(struct worker *w, struct conn *c, void *data, struct h1_refusal *refusal)
{
	const struct expect_watch *watch = expected_of(w, c, data);
	struct expect_response response = {
	    .status = parser_of(c)->status,
	    .head = kept_text(&watch->head),
	    .body = kept_text(&watch->body),
	    .head_length = watch->head.length,
	    .body_length = watch->body.length,
	};
	unsigned item = expect_judge(expect_of(w, c), &response, refusal->text);

	refusal->code = (int)item;
	return !item;
}

const struct h1_reader h1_reads_expected = {
    .open = open_expected,
    .close = close_expected,
    .begin = begin_expected,
    .take = take_expected,
    .complete = complete_expected,
};
