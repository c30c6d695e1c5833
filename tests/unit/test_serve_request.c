/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "serve/request.h"

#define HOST "Host: a\r\n"

/* The meaning of a stream of bytes, as text: "METHOD TARGET flags" and "body N" for each request, and "bad
 * STATUS" at the end of a bad one. */
struct transcript {
	char text[2048];
	size_t used;
};

static void write_head(struct transcript *script, const struct request *request)
{
	script->used += (size_t)snprintf(
	    script->text + script->used, sizeof(script->text) - script->used, "%.*s %.*s%s%s%s%s%s%s%s;",
	    (int)request->method_length, request->method, (int)request->target_length, request->target,
	    request->is_head ? " head" : "", request->http10 ? " 1.0" : "", request->close ? " close" : "",
	    request->keep_alive ? " keep" : "", request->expect ? " expect" : "",
	    request->gzip ? " gzip" : "", request->chunked ? " chunked" : "");
}

/* Feeds `length` bytes; false after REQUEST_BAD. */
static bool feed(struct transcript *script, struct request_reader *reader, struct request_memo *memo,
		 const char *bytes, size_t length)
{
	struct request request;

	while (length) {
		/* A separate copy, so that a sanitizer detects a read beyond the end. */
		char *copy = malloc(length);
		size_t used = 0;
		enum request_event event;

		assert_non_null(copy);
		memcpy(copy, bytes, length);
		event = request_feed(reader, memo, copy, length, &used, &request, NULL);
		assert_true(used <= length);
		if (event == REQUEST_HEAD) {
			write_head(script, &request);
			request_release(reader);
		} else if (event == REQUEST_END) {
			script->used += (size_t)sprintf(script->text + script->used, "body %llu;",
							(unsigned long long)reader->body);
		} else if (event == REQUEST_BAD) {
			script->used +=
			    (size_t)sprintf(script->text + script->used, "bad %u;", reader->error);
		} else {
			assert_int_equal(used, length);
		}
		free(copy);
		if (event == REQUEST_BAD)
			return false;
		bytes += used;
		length -= used;
	}
	return true;
}

/* The transcript of bytes[0..length) in the pieces [0,a), [a,b), [b,length), or byte by byte (a = 0). */
static void expect_pieces(const char *bytes, size_t length, size_t a, size_t b, bool with_memo,
			  const char *expected)
{
	struct transcript script = {.used = 0};
	struct request_memo memo = {.length = 0};
	struct request_reader reader;
	bool goes_on = true;

	request_reader_init(&reader);
	if (!a) {
		for (size_t i = 0; i < length && goes_on; i++)
			goes_on = feed(&script, &reader, with_memo ? &memo : NULL, bytes + i, 1);
	} else {
		(void)(feed(&script, &reader, with_memo ? &memo : NULL, bytes, a) &&
		       feed(&script, &reader, with_memo ? &memo : NULL, bytes + a, b - a) &&
		       feed(&script, &reader, with_memo ? &memo : NULL, bytes + b, length - b));
	}
	assert_string_equal(script.text, expected);
	request_release(&reader);
}

static void expect(const char *bytes, const char *expected)
{
	size_t length = strlen(bytes);

	for (unsigned memo = 0; memo < 2; memo++) {
		expect_pieces(bytes, length, length, length, memo, expected);
		expect_pieces(bytes, length, 0, 0, memo, expected);
		for (size_t a = 1; a < length; a++)
			for (size_t b = a; b <= length; b += 1 + (length - a) / 16)
				expect_pieces(bytes, length, a, b, memo, expected);
	}
}

static void request_line_and_flags(void **state)
{
	(void)state;
	expect("GET / HTTP/1.1\r\n" HOST "\r\n", "GET /;");
	expect("HEAD /a?b=c HTTP/1.1\r\nhOsT: a\r\n\r\n", "HEAD /a?b=c head;");
	expect("GET / HTTP/1.0\r\n\r\n", "GET / 1.0 close;");
	expect("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET / 1.0 keep;");
	expect("GET / HTTP/1.1\r\n" HOST "Connection: x, close\r\n\r\n", "GET / close;");
	expect("GET / HTTP/1.1\r\n" HOST "Connection: keep-alive\r\n\r\n", "GET /;");
	expect("OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "OPTIONS *;");
	expect("GET http://h/p HTTP/1.1\r\n" HOST "\r\n", "GET http://h/p;");
	expect("\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", "GET /;");
}

static void accept_encoding_and_its_weights(void **state)
{
	static const struct {
		const char *value, *expected;
	} cases[] = {
	    {"gzip", "GET / gzip;"},	{"br, gzip;q=0.5", "GET / gzip;"}, {"*", "GET / gzip;"},
	    {"gzip;q=0", "GET /;"},	{"gzip; q=0.000, br", "GET /;"},   {"identity", "GET /;"},
	    {"xgzip, gzipx", "GET /;"}, {"GZIP;q=1", "GET / gzip;"},	   {"", "GET /;"},
	    {", ,gzip", "GET / gzip;"},
	};
	char bytes[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(bytes, sizeof(bytes), "GET / HTTP/1.1\r\n" HOST "Accept-Encoding: %s\r\n\r\n",
			 cases[i].value);
		expect(bytes, cases[i].expected);
	}
}

static void bodies_of_known_length(void **state)
{
	(void)state;
	expect("POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", "POST /;body 5;");
	expect("POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "POST /;");
	expect("POST / HTTP/1.1\r\n" HOST "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab",
	       "POST /;body 2;");
	expect("PUT / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
	       "PUT / expect;body 1;");
	expect("GET / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n", "GET /;");
}

static void chunked_bodies(void **state)
{
	static const char head[] = "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n";
	static const struct {
		const char *body, *expected;
	} cases[] = {
	    {"0\r\n\r\n", "POST / chunked;body 0;"},
	    {"5\r\nhello\r\n0\r\n\r\n", "POST / chunked;body 5;"},
	    {"A;name=\"v\"\r\n0123456789\r\n00\r\nTrailer: x\r\nb:\r\n\r\n", "POST / chunked;body 10;"},
	    {"1 \r\nx\r\n0\r\n\r\nGET /2 HTTP/1.1\r\n" HOST "\r\n", "POST / chunked;body 1;GET /2;"},
	    {"\r\n", "POST / chunked;bad 400;"},
	    {"g\r\n", "POST / chunked;bad 400;"},
	    {"1\nx", "POST / chunked;bad 400;"},
	    {"1\r\nxy", "POST / chunked;bad 400;"},
	    {"1\r\nx\rz", "POST / chunked;bad 400;"},
	    {"0\r\n trailer", "POST / chunked;bad 400;"},
	    {"fffffffffffffffff\r\n", "POST / chunked;bad 400;"},
	};
	char bytes[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(bytes, sizeof(bytes), "%s%s", head, cases[i].body);
		expect(bytes, cases[i].expected);
	}
}

static void requests_one_after_the_other(void **state)
{
	(void)state;
	expect("GET /1 HTTP/1.1\r\n" HOST "\r\n"
	       "POST /2 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
	       "GET /3 HTTP/1.1\r\n" HOST "\r\n"
	       "GET /3 HTTP/1.1\r\n" HOST "\r\n"
	       "POST /2 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc",
	       "GET /1;POST /2;body 3;GET /3;GET /3;POST /2;body 3;");
}

static void malformed_heads(void **state)
{
	static const struct {
		const char *head;
		unsigned status;
	} cases[] = {
	    {"GET / HTTP/1.1\r\n\r\n", 400},				    /* no Host */
	    {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},		    /* two */
	    {"GET / HTTP/1.1\nHost: a\n\n", 400},			    /* bare LF */
	    {"GET / HTTP/1.1\r\n" HOST "X: a\n\r\n", 400},		    /* ... in one line */
	    {"GET / HTTP/1.1\r\n" HOST "X : a\r\n\r\n", 400},		    /* blank before the colon */
	    {"GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n", 400},	    /* folded */
	    {"GET / HTTP/1.1\r\n" HOST "X: a\001\r\n\r\n", 400},	    /* control character */
	    {"GET / HTTP/1.1\r\n" HOST "nocolon\r\n\r\n", 400},		    /* not a header */
	    {"GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n", 400},		    /* no name */
	    {"GET  / HTTP/1.1\r\n" HOST "\r\n", 400},			    /* two blanks */
	    {"GET / HTTP/1.1 \r\n" HOST "\r\n", 400},			    /* one at the end */
	    {"GET /a b HTTP/1.1\r\n" HOST "\r\n", 400},			    /* in the target */
	    {"GET /\r\n\r\n", 400},					    /* HTTP/0.9 */
	    {"GET / http/1.1\r\n" HOST "\r\n", 400},			    /* case matters */
	    {"GET / HTTP/2.0\r\n" HOST "\r\n", 505},			    /* another protocol */
	    {"G\001T / HTTP/1.1\r\n" HOST "\r\n", 400},			    /* not a method */
	    {"\026\003\001\002\r\n\r\n", 400},				    /* TLS */
	    {"POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", 400}, /* not a number */
	    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1x\r\n\r\n", 400}, /* not only one */
	    {"POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", 400},    /* none */
	    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
	    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 9999999999999999999\r\n\r\n", 400},
	    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
	    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
	    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n", 501},
	    {"POST / HTTP/1.1\r\n" HOST "Expect: a miracle\r\n\r\n", 417},
	};
	char expected[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(expected, sizeof(expected), "bad %u;", cases[i].status);
		expect(cases[i].head, expected);
	}
}

/* A head of `total` bytes in pieces of `piece`. */
static void expect_long(size_t total, size_t piece, const char *expected)
{
	static const char start[] = "GET / HTTP/1.1\r\n" HOST "X: ";
	char *head = malloc(total);
	struct transcript script = {.used = 0};
	struct request_reader reader;

	assert_non_null(head);
	memset(head, 'x', total);
	memcpy(head, start, sizeof(start) - 1);
	memcpy(head + total - 4, "\r\n\r\n", 4);
	request_reader_init(&reader);
	for (size_t at = 0; at < total; at += piece)
		if (!feed(&script, &reader, NULL, head + at, total - at < piece ? total - at : piece))
			break;
	assert_string_equal(script.text, expected);
	request_release(&reader);
	free(head);
}

static void heads_up_to_64_kib(void **state)
{
	(void)state;
	for (size_t piece = 1000; piece < 2 * REQUEST_HEAD_MAX; piece *= 3) {
		expect_long(REQUEST_HEAD_MAX, piece, "GET /;");
		expect_long(REQUEST_HEAD_MAX + 1, piece, "bad 431;");
		expect_long(REQUEST_HEAD_MAX + 9999, piece, "bad 431;");
	}
	expect_long(REQUEST_HEAD_MAX, 1, "GET /;");
}

static void endless_trailers_and_chunk_extensions_are_refused(void **state)
{
	static const char head[] = "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n";
	static const char *const starts[] = {"0\r\nx: ", "1;"};
	static const char *const expected[] = {"POST / chunked;bad 431;", "POST / chunked;bad 400;"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct transcript script = {.used = 0};
		struct request_reader reader;
		unsigned n = 0;

		request_reader_init(&reader);
		assert_true(feed(&script, &reader, NULL, head, sizeof(head) - 1));
		assert_true(feed(&script, &reader, NULL, starts[i], strlen(starts[i])));
		while (n < 2 * REQUEST_HEAD_MAX && feed(&script, &reader, NULL, "y", 1))
			n++;
		assert_true(n < (i ? REQUEST_CHUNK_LINE : REQUEST_HEAD_MAX));
		assert_string_equal(script.text, expected[i]);
		request_release(&reader);
	}
}

static void skipped_bytes_count_as_body(void **state)
{
	static const char by_length[] = "POST / HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\nabc";
	static const char by_chunk[] =
	    "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nf4240\r\nabc";
	struct transcript script = {.used = 0};
	struct request_reader reader;
	struct request request;
	size_t used;

	(void)state;
	request_reader_init(&reader);
	assert_true(feed(&script, &reader, NULL, by_length, sizeof(by_length) - 1));
	assert_int_equal(request_skippable(&reader), 999997);
	request_skipped(&reader, 999000);
	assert_int_equal(request_skippable(&reader), 997);
	request_skipped(&reader, 997);
	assert_int_equal(request_feed(&reader, NULL, NULL, 0, &used, &request, NULL), REQUEST_END);
	assert_int_equal(reader.body, 1000000);
	assert_true(request_idle(&reader));

	assert_true(feed(&script, &reader, NULL, by_chunk, sizeof(by_chunk) - 1));
	assert_int_equal(request_skippable(&reader), 999997);
	request_skipped(&reader, 999997);
	assert_int_equal(request_skippable(&reader), 0);
	assert_int_equal(request_feed(&reader, NULL, NULL, 0, &used, &request, NULL), REQUEST_MORE);
	assert_true(feed(&script, &reader, NULL, "\r\n0\r\n\r\n", 7));
	assert_string_equal(script.text, "POST /;POST / chunked;body 1000000;");
}

static void memo_recalls_the_same_bytes_and_nothing_else(void **state)
{
	static const char first[] = "GET /a HTTP/1.1\r\n" HOST "\r\n";
	static const char other[] = "GET /b HTTP/1.1\r\n" HOST "\r\n";
	struct request_memo memo = {.length = 0};
	struct request_reader reader;
	struct request request;
	bool recalled;
	size_t used;

	(void)state;
	request_reader_init(&reader);
	request_feed(&reader, &memo, first, sizeof(first) - 1, &used, &request, &recalled);
	assert_false(recalled);
	request_feed(&reader, &memo, first, sizeof(first) - 1, &used, &request, &recalled);
	assert_true(recalled);
	assert_int_equal(used, sizeof(first) - 1);
	assert_memory_equal(request.target, "/a", 2);
	request_feed(&reader, &memo, other, sizeof(other) - 1, &used, &request, &recalled);
	assert_false(recalled);
	assert_memory_equal(request.target, "/b", 2);
	request_release(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(request_line_and_flags),
	    cmocka_unit_test(accept_encoding_and_its_weights),
	    cmocka_unit_test(bodies_of_known_length),
	    cmocka_unit_test(chunked_bodies),
	    cmocka_unit_test(requests_one_after_the_other),
	    cmocka_unit_test(malformed_heads),
	    cmocka_unit_test(heads_up_to_64_kib),
	    cmocka_unit_test(endless_trailers_and_chunk_extensions_are_refused),
	    cmocka_unit_test(skipped_bytes_count_as_body),
	    cmocka_unit_test(memo_recalls_the_same_bytes_and_nothing_else),
	};

	return cmocka_run_group_tests_name("serve_request", tests, NULL, NULL);
}
