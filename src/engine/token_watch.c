/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The reader of `vastar ai-bench`: takes the responses of language models apart. An event that lies in one
 * receive is scanned where it is; only one that is cut is copied.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/kept.h"
#include "engine/session_h1_read.h"
#include "engine/session_http1.h"
#include "engine/tally_tokens.h"
#include "proto/sse.h"

enum {
	EVENT_MAX = 1024 * 1024, /* of an event, or of a whole response, so much is kept */
	SAID_MAX = 100,		 /* of a message of the server */
};

/* What is kept for a connection. */
struct token_watch {
	struct sse sse;
	struct kept kept;	  /* of the event that is coming, or of a whole response */
	struct sse_piece pending; /* a piece of the event that has not been copied yet */
	uint32_t events;
	uint64_t answer_ns; /* when the first token came that is not reasoning */
	struct answer_end end;
	bool reasoned;
	bool failed;  /* an event was an error */
	bool no_json; /* an event was not JSON */
	char said[SAID_MAX];
};

/* ---- data of the worker ---- */

static void *open_tokens(const struct worker *w)
{
	return calloc(w->conn_count, sizeof(struct token_watch));
}

static void close_tokens(const struct worker *w, void *data)
{
	for (uint32_t i = 0; data && i < w->conn_count; i++)
		kept_free(&((struct token_watch *)data)[i].kept);
	free(data);
}

static struct token_watch *watch_of(const struct worker *w, const struct conn *c, void *data)
{
	return (struct token_watch *)data + conn_index(w, c);
}

static void begin_tokens(struct worker *w, struct conn *c, void *data)
{
	struct token_watch *watch = watch_of(w, c, data);

	*watch = (struct token_watch){.kept = watch->kept};
	watch->kept.length = 0;
	watch->end.usage = (struct token_usage){-1, -1, -1, -1};
	sse_begin(&watch->sse);
}

/* What is too long is cut off. False: out of memory. */
static bool keep(struct token_watch *watch, const char *text, size_t length)
{
	return kept_add(&watch->kept, text, length, EVENT_MAX);
}

/* ---- events ---- */

static void take_token(struct worker *w, struct conn *c, struct token_watch *watch, unsigned kinds)
{
	uint64_t second = w->now_ns > w->run->start_ns ? (w->now_ns - w->run->start_ns) / NS_PER_S : 0;

	tally_token(&w->tally, &c->exchange, watch->end.last_ns, second, w->now_ns);
	if (!watch->end.first_ns)
		watch->end.first_ns = w->now_ns;
	watch->end.last_ns = w->now_ns;
	watch->end.token_events++;
	watch->reasoned |= (kinds & TOKENS_REASONING) != 0;
	if (kinds & TOKENS_CONTENT && !watch->answer_ns) {
		watch->answer_ns = w->now_ns;
		if (watch->reasoned)
			tally_first_answer(&w->tally, &c->exchange, w->now_ns);
	}
}

static void say(struct token_watch *watch, const char *text, size_t length)
{
	snprintf(watch->said, sizeof(watch->said), "%.*s", (int)(length < SAID_MAX ? length : SAID_MAX),
		 text);
}

static void take_json(struct token_watch *watch, unsigned kinds, enum token_finish finish, const char *json,
		      size_t length)
{
	if (kinds & TOKENS_FINISH) {
		watch->end.finished = true;
		watch->end.finish = finish;
	}
	if (kinds & TOKENS_USAGE)
		tokens_usage(json, length, &watch->end.usage);
	if (kinds & TOKENS_ERROR && !watch->failed) {
		const char *text = json;
		size_t said = tokens_message(json, length, &text);

		watch->failed = true;
		say(watch, text, said ? said : length);
	}
}

static void take_event(struct worker *w, struct conn *c, struct token_watch *watch, const char *json,
		       size_t length)
{
	enum token_finish finish = FINISH_OTHER;
	unsigned kinds;

	watch->events++;
	if (length == 6 && !memcmp(json, "[DONE]", 6)) {
		watch->end.marked = true;
		return;
	}
	kinds = tokens_scan(json, length, &finish);
	if (!(kinds & TOKENS_JSON) && length < EVENT_MAX && !watch->no_json) {
		watch->no_json = true;
		say(watch, json, length);
	}
	if (kinds & (TOKENS_CONTENT | TOKENS_REASONING))
		take_token(w, c, watch, kinds);
	take_json(watch, kinds, finish, json, length);
}

/* The pending piece is not only of this receive. */
static bool settle(struct token_watch *watch)
{
	struct sse_piece pending = watch->pending;

	watch->pending = (struct sse_piece){0};
	return !pending.length || keep(watch, pending.text, pending.length);
}

static bool take_events(struct worker *w, struct conn *c, struct token_watch *watch, const char *at,
			const char *stop)
{
	struct sse_piece piece;

	for (;;) {
		switch (sse_next(&watch->sse, &at, stop, &piece)) {
		case SSE_MORE:
			return settle(watch);
		case SSE_DATA:
			if (!settle(watch))
				return false;
			watch->pending = piece;
			break;
		case SSE_EVENT:
			if (watch->kept.length && !settle(watch))
				return false;
			if (watch->kept.length)
				take_event(w, c, watch, watch->kept.bytes, watch->kept.length);
			else
				take_event(w, c, watch, watch->pending.text ? watch->pending.text : "",
					   watch->pending.length);
			watch->pending = (struct sse_piece){0};
			watch->kept.length = 0;
			break;
		}
	}
}

/* ---- responses ---- */

static bool take_tokens(struct worker *w, struct conn *c, void *data, bool in_head, const char *bytes,
			size_t used, const struct h1_piece *body)
{
	struct token_watch *watch = watch_of(w, c, data);

	(void)in_head, (void)bytes, (void)used;
	if (!body->length)
		return true;
	if (w->plan->ai.stream && parser_of(c)->status / 100 == 2)
		return take_events(w, c, watch, body->bytes, body->bytes + body->length);
	return keep(watch, body->bytes, body->length);
}

static void refuse(struct h1_refusal *refusal, int code, const char *what, const char *said)
{
	refusal->code = code;
	snprintf(refusal->text, sizeof(refusal->text), "%.80s%.100s", what, said);
}

/* The server's words for a response that is not 2xx. */
static void refuse_status(const struct token_watch *watch, unsigned status, struct h1_refusal *refusal)
{
	char what[40], said[SAID_MAX] = "";
	const struct kept *kept = &watch->kept;
	const char *text = kept_text(kept);
	size_t length = tokens_message(text, kept->length, &text);

	snprintf(what, sizeof(what), "status %u%s", status, kept->length ? ": " : "");
	snprintf(said, sizeof(said), "%.*s",
		 (int)(length		   ? length
		       : kept->length < 60 ? kept->length
					   : 60),
		 text);
	refuse(refusal, 1000 + (int)status, what, said);
}

/* Of a whole response. */
static void take_whole(struct token_watch *watch)
{
	const char *json = kept_text(&watch->kept);
	size_t length = watch->kept.length;
	enum token_finish finish = FINISH_OTHER;
	unsigned kinds = tokens_scan(json, length, &finish);

	watch->events = 1;
	watch->no_json = !(kinds & TOKENS_JSON) && length < EVENT_MAX;
	if (watch->no_json)
		say(watch, json, length);
	take_json(watch, kinds, finish, json, length);
}

/* "response.completed" ends a stream of responses, "[DONE]" the others. */
static bool complete_tokens(struct worker *w, struct conn *c, void *data, struct h1_refusal *refusal)
{
	struct token_watch *watch = watch_of(w, c, data);
	unsigned status = parser_of(c)->status;

	if (status / 100 == 3)
		return true; /* followed, or a response like any other */
	if (status / 100 != 2) {
		refuse_status(watch, status, refusal);
		return false;
	}
	if (!w->plan->ai.stream)
		take_whole(watch);
	if (watch->failed)
		refuse(refusal, 1, "an error in a response of 200: ", watch->said);
	else if (watch->no_json)
		refuse(refusal, 2, "not JSON: ", watch->said);
	else if (!watch->events)
		refuse(refusal, 3,
		       "the response is not a stream of events (--no-stream takes whole responses)", "");
	else if (w->plan->ai.stream && !watch->end.finished && !watch->end.marked)
		refuse(refusal, 4, "the stream ended without finish_reason and [DONE]", "");
	else
		refusal->code = 0;
	if (refusal->code)
		return false;
	tally_answer(&w->tally, &c->exchange, &watch->end, w->now_ns);
	return true;
}

const struct h1_reader h1_reads_tokens = {
    .open = open_tokens,
    .close = close_tokens,
    .begin = begin_tokens,
    .take = take_tokens,
    .complete = complete_tokens,
};
