/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "serve/http2_internal.h"
#include "serve/pattern.h"
#include "serve/render.h"

static const char event_start[] = "data: ", event_end[] = "\n\n";

enum { EVENT_START = sizeof(event_start) - 1, EVENT_END = sizeof(event_end) - 1 };

static void plan_stream(struct http2_body *body, const struct response *response)
{
	body->sse = response->sse;
	body->chunk_bytes = response->chunk_bytes - (response->sse ? EVENT_START + EVENT_END : 0);
	body->left = response->chunks * body->chunk_bytes;
	body->gap_ns = response->gap_ns;
}

bool http2_body_init(struct http2_body *body, const struct response *response,
		     const struct serve_counts *counts, bool *has_lengthp, uint64_t *lengthp)
{
	struct render_text text = {0};

	*body = (struct http2_body){0};
	*has_lengthp = response->body != RESPONSE_CHUNKED && response->body != RESPONSE_STREAM &&
		       response->body != RESPONSE_UNBOUNDED;
	*lengthp = 0;
	if (response->status == 205)
		return true;
	if (response->body == RESPONSE_STREAM) {
		plan_stream(body, response);
		return true;
	}
	body->left = response->body == RESPONSE_PLAIN || !*has_lengthp || response->body == RESPONSE_PATTERN
			 ? response->length
			 : 0;
	if (!render_short_body(&text, response, counts)) {
		free(text.bytes);
		return false;
	}
	body->bytes = text.bytes;
	if (text.used)
		body->left = text.used;
	*lengthp = body->left;
	return true;
}

void http2_body_deinit(struct http2_body *body)
{
	free(body->bytes);
	*body = (struct http2_body){0};
}

static size_t least(uint64_t a, size_t b)
{
	return a < b ? (size_t)a : b;
}

static size_t put_pattern(struct http2_body *body, uint8_t *into, size_t length)
{
	const char *from =
	    body->bytes ? body->bytes + body->payload : pattern() + body->payload % PATTERN_PERIOD;

	memcpy(into, from, length);
	body->payload += length;
	return length;
}

/* The bytes before and after the data of an event; `mark` counts down what is left of them. */
static size_t put_mark(struct http2_body *body, uint8_t *into, size_t room, const char *end)
{
	size_t length = least(body->mark, room);

	memcpy(into, end - body->mark, length);
	body->mark = (uint8_t)(body->mark - length);
	return length;
}

/* Continues the current chunk. */
static size_t put_chunk(struct http2_body *body, uint8_t *into, size_t room)
{
	size_t used = 0, length;

	if (body->mark && body->chunk_left)
		used = put_mark(body, into, room, event_start + EVENT_START);
	if (!body->mark && body->chunk_left) {
		length = least(body->chunk_left, room - used);
		used += put_pattern(body, into + used, length);
		body->chunk_left -= length;
		if (!body->chunk_left)
			body->mark = body->sse ? EVENT_END : 0;
	}
	if (body->mark && !body->chunk_left)
		used += put_mark(body, into + used, room - used, event_end + EVENT_END);
	return used;
}

static bool may_start(struct http2_body *body, uint64_t now_ns)
{
	if (!body->gap_ns)
		return true;
	if (!body->due_ns)
		body->due_ns = now_ns;
	if (now_ns < body->due_ns)
		return false;
	body->due_ns += body->gap_ns;
	return true;
}

size_t http2_body_next(struct http2_body *body, uint8_t *into, size_t room, uint64_t now_ns, bool *waitp)
{
	size_t used = 0, length;

	*waitp = false;
	if (!body->chunk_bytes) {
		length = least(body->left, room < PATTERN_BYTES ? room : PATTERN_BYTES);
		body->left -= length;
		return put_pattern(body, into, length);
	}
	while (used < room) {
		if (!body->chunk_left && !body->mark) {
			if (!body->left)
				break;
			if (!may_start(body, now_ns)) {
				*waitp = !used;
				break;
			}
			body->chunk_left = body->chunk_bytes;
			body->left -= body->chunk_bytes;
			body->mark = body->sse ? EVENT_START : 0;
		}
		used +=
		    put_chunk(body, into + used, room - used < PATTERN_BYTES ? room - used : PATTERN_BYTES);
	}
	return used;
}
