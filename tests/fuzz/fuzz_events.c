/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Events in a body. Input: three bytes for the lengths of the pieces, then the body. Read whole and in
 * pieces, it must have the same events. Server-sent events are also compared with a parser that follows the
 * WHATWG text line by line, on a copy.
 */
#include "fuzz.h"
#include "proto/events.h"

enum { PREFIX = 3 };

struct outcome {
	uint32_t events, last;
	bool cut, done;
};

static struct outcome read_in_pieces(const char *body, size_t length, const uint8_t pieces[3])
{
	struct event_reader reader;
	struct outcome outcome = {0};

	events_begin(&reader);
	for (size_t at = 0, i = 0; at < length; i++) {
		size_t piece = pieces ? (size_t)pieces[i % 3] + 1 : length;

		if (piece > length - at)
			piece = length - at;
		outcome.events += events_feed(&reader, body + at, piece);
		at += piece;
	}
	outcome.last = events_end(&reader, &outcome.cut);
	outcome.done = reader.done;
	return outcome;
}

/* Events and marks of the end, line by line. The body has no byte order mark. */
static uint32_t plain_events(const char *body, size_t length)
{
	bool has_data = false;
	uint32_t events = 0;

	for (size_t at = 0; at < length;) {
		size_t end = at;

		while (end < length && body[end] != '\r' && body[end] != '\n')
			end++;
		if (end == length)
			break;
		if (end == at) {
			events += has_data;
			has_data = false;
		} else if (end - at >= 4 && !memcmp(body + at, "data", 4) &&
			   (end - at == 4 || body[at + 4] == ':')) {
			has_data = true;
		}
		at = end + (body[end] == '\r' && end + 1 < length && body[end + 1] == '\n' ? 2 : 1);
	}
	return events;
}

static uint32_t sse_events(const char *body, size_t length)
{
	const char *at = body;
	struct sse_piece piece;
	struct sse sse;
	uint32_t events = 0;

	sse_begin(&sse);
	for (enum sse_part part; (part = sse_next(&sse, &at, body + length, &piece)) != SSE_MORE;)
		events += part == SSE_EVENT;
	return events;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, cut;
	const char *body;
	size_t length;

	if (size < PREFIX)
		return 0;
	body = (const char *)data + PREFIX;
	length = size - PREFIX;
	whole = read_in_pieces(body, length, NULL);
	cut = read_in_pieces(body, length, data);
	MUST(whole.events == cut.events && whole.last == cut.last);
	MUST(whole.cut == cut.cut && whole.done == cut.done);
	if (length && body[0] != '\xef')
		MUST(sse_events(body, length) == plain_events(body, length));
	return 0;
}
