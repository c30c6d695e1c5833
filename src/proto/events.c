/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "proto/events.h"

#include <string.h>

enum form { FORM_UNKNOWN, FORM_SSE, FORM_LINES };

static const char done[] = "[DONE]";

void events_begin(struct event_reader *reader)
{
	*reader = (struct event_reader){0};
	sse_begin(&reader->sse);
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static uint32_t feed_lines(struct event_reader *reader, const char *at, const char *stop)
{
	uint32_t events = 0;

	while (at < stop) {
		const char *lf = memchr(at, '\n', (size_t)(stop - at)), *end = lf ? lf : stop;

		for (; !reader->in_line && at < end; at++)
			reader->in_line = !is_blank(*at);
		if (!lf)
			break;
		events += reader->in_line;
		reader->in_line = false;
		at = lf + 1;
	}
	return events;
}

/* Keeps only as much of the data as it takes to recognise the mark of the end. */
static void keep_data(struct event_reader *reader, struct sse_piece piece)
{
	for (size_t i = 0; i < piece.length && reader->data_length <= sizeof(reader->data); i++) {
		if (reader->data_length < sizeof(reader->data))
			reader->data[reader->data_length] = piece.text[i];
		reader->data_length++;
	}
}

static bool is_done(const struct event_reader *reader)
{
	return reader->data_length == sizeof(reader->data) &&
	       !memcmp(reader->data, done, sizeof(reader->data));
}

static uint32_t feed_sse(struct event_reader *reader, const char *at, const char *stop)
{
	struct sse_piece piece;
	uint32_t events = 0;

	for (;;) {
		switch (sse_next(&reader->sse, &at, stop, &piece)) {
		case SSE_MORE:
			return events;
		case SSE_DATA:
			keep_data(reader, piece);
			break;
		case SSE_EVENT:
			if (is_done(reader))
				reader->done = true;
			else
				events++;
			reader->data_length = 0;
			break;
		}
	}
}

uint32_t events_feed(struct event_reader *reader, const char *bytes, size_t length)
{
	const char *at = bytes, *stop = bytes + length;

	if (reader->form == FORM_UNKNOWN) {
		/* Leading empty lines do not tell the form. */
		while (at < stop && (*at == '\r' || *at == '\n'))
			at++;
		if (at == stop)
			return 0;
		reader->form = *at == '{' || *at == '[' ? FORM_LINES : FORM_SSE;
	}
	return reader->form == FORM_LINES ? feed_lines(reader, at, stop) : feed_sse(reader, at, stop);
}

uint32_t events_end(struct event_reader *reader, bool *cutp)
{
	uint32_t events = reader->in_line;

	*cutp = reader->form == FORM_SSE && sse_incomplete(&reader->sse);
	reader->in_line = false;
	return events;
}
