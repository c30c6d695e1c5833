/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/events.h"
#include "stats/events.h"

/* The data of each event, each followed by '|', however the bytes are cut: in pieces of `step`. */
static void read_sse(const char *stream, size_t step, char *text, size_t size, bool *incompletep)
{
	const char *stop = stream + strlen(stream);
	struct sse_piece piece;
	struct sse sse;
	size_t used = 0;

	sse_begin(&sse);
	for (const char *at = stream; at < stop;) {
		const char *to = (size_t)(stop - at) > step ? at + step : stop;
		enum sse_part part;

		while ((part = sse_next(&sse, &at, to, &piece)) != SSE_MORE) {
			if (part == SSE_EVENT)
				piece = (struct sse_piece){"|", 1};
			assert_true(used + piece.length < size);
			memcpy(text + used, piece.text, piece.length);
			used += piece.length;
		}
		assert_ptr_equal(at, to);
	}
	text[used] = '\0';
	*incompletep = sse_incomplete(&sse);
}

static void check(const char *stream, const char *expected, bool incomplete)
{
	char text[200];
	bool left;

	for (size_t step = 1; step <= strlen(stream) + 1; step++) {
		read_sse(stream, step, text, sizeof(text), &left);
		assert_string_equal(text, expected);
		assert_int_equal(left, incomplete);
	}
}

/* The examples of the WHATWG text, and what its grammar allows. */
static void server_sent_events(void **state)
{
	(void)state;
	check("data: first\n\ndata: second\n\n", "first|second|", false);
	check("data: YHOO\ndata: +2\ndata: 10\n\n", "YHOO\n+2\n10|", false);
	check(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
	      "first event|second event| third event", true);
	check("data\n\ndata\ndata\n\ndata:", "|\n|", true);
	check("data:test\n\ndata: test\n\n", "test|test|", false);
	check("data: a\r\rdata: b\r\n\r\ndata: c\n\n", "a|b|c|", false);
	check("\xef\xbb\xbf"
	      "data: a\n\n",
	      "a|", false);
	check("\xef\xbb"
	      "data: a\n\ndata: b\n\n",
	      "b|", false);
	check("\xef\n\ndata: b\n\n", "b|", false);
	check("\n\n\r\n\r\r: comment\n\n\n", "", false);
	check("event: ping\nid: 7\nretry: 100\n\n", "", false);
	check("datum: a\ndat: b\ndata2: c\n data: d\nDATA: e\n\n", "", false);
	check("data: a\nevent: x\n: y\ndata\n\n", "a\n|", false);
	check("data: a: b:\n\n", "a: b:|", false);
	check("data: a\n", "a", true);
	check("data: a", "a", true);
	check("dat", "", true);
	check("", "", false);
}

static void count(const char *body, uint32_t events, uint32_t last, bool done, bool incomplete)
{
	size_t length = strlen(body);

	for (size_t step = 1; step <= length + 1; step++) {
		struct event_reader reader;
		uint32_t seen = 0;
		bool cut;

		events_begin(&reader);
		for (size_t at = 0; at < length; at += step)
			seen += events_feed(&reader, body + at, length - at < step ? length - at : step);
		assert_int_equal(seen, events);
		assert_int_equal(events_end(&reader, &cut), last);
		assert_int_equal(reader.done, done);
		assert_int_equal(cut, incomplete);
	}
}

static void events_of_both_forms(void **state)
{
	(void)state;
	count("data: {\"a\":1}\n\ndata: {}\n\ndata: [DONE]\n\n", 2, 0, true, false);
	count("data: [DONE]x\n\ndata: [DON\n\ndata: \n\n", 3, 0, false, false);
	count("data: [DO\ndata: NE]\n\n", 1, 0, false, false); /* with a LF between them */
	count("data:[DONE]\n\n", 0, 0, true, false);
	count("data: a\n\ndata: b", 1, 0, false, true);
	count("{\"a\":1}\n{\"b\":2}\n", 2, 0, false, false);
	count("{\"a\":1}\r\n\r\n  \n{\"b\":2}", 1, 1, false, false);
	count("\r\n\n[1]\n[2]\n", 2, 0, false, false);
	count("", 0, 0, false, false);
	count("\n\n", 0, 0, false, false);
	count("Hello, world!", 0, 0, false, true);
}

static void streams_without_their_end(void **state)
{
	struct event_stats stats = {.streams = 10, .empty = 2, .incomplete = 3, .cut = 4};

	(void)state;
	assert_int_equal(event_stats_unended(&stats), 7);
	stats.marked = 9; /* the others have no mark */
	assert_int_equal(event_stats_unended(&stats), 7);
	stats.marked = 12;
	assert_int_equal(event_stats_unended(&stats), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(server_sent_events),
	    cmocka_unit_test(events_of_both_forms),
	    cmocka_unit_test(streams_without_their_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
