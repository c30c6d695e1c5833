/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What an answer costs the parser: nanoseconds each and bytes per nanosecond, best of several rounds. */
#include "base/clock.h"
#include "proto/h1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWERS = 200000, ROUNDS = 7 };

/* As nginx 1.22 sends for a small static file. */
static const char nginx[] = "HTTP/1.1 200 OK\r\n"
			    "Server: nginx/1.22.1\r\n"
			    "Date: Tue, 01 Oct 2024 08:49:37 GMT\r\n"
			    "Content-Type: text/html\r\n"
			    "Content-Length: 13\r\n"
			    "Last-Modified: Tue, 01 Oct 2024 08:00:00 GMT\r\n"
			    "Connection: keep-alive\r\n"
			    "ETag: \"66fbab00-d\"\r\n"
			    "Accept-Ranges: bytes\r\n"
			    "\r\n"
			    "Hello, world\n";

static const char chunked[] = "HTTP/1.1 200 OK\r\n"
			      "Content-Type: text/event-stream\r\n"
			      "Transfer-Encoding: chunked\r\n"
			      "\r\n"
			      "19\r\ndata: {\"token\": \"hello\"}\n\r\n"
			      "19\r\ndata: {\"token\": \"world\"}\n\r\n"
			      "0\r\n"
			      "\r\n";

static void answer(const char *bytes, size_t length, size_t piece, struct h1_memo *memo)
{
	enum h1_progress progress = H1_MORE;
	struct h1_parser parser;
	size_t used;

	h1_begin(&parser, false);
	for (size_t at = 0; at < length && progress == H1_MORE; at += used) {
		size_t count = piece < length - at ? piece : length - at;

		progress = memo && !at ? h1_feed_memo(&parser, memo, bytes + at, count, &used, NULL)
				       : h1_feed(&parser, bytes + at, count, &used, NULL);
	}
	if (progress != H1_COMPLETE)
		abort();
}

static void measure(const char *name, const char *bytes, size_t piece, bool with_memo)
{
	static struct h1_memo memo;
	uint64_t best_ns = UINT64_MAX;
	size_t length = strlen(bytes);

	memo.length = 0;
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start_ns = clock_now_ns(), taken_ns;

		for (int i = 0; i < ANSWERS; i++)
			answer(bytes, length, piece ? piece : length, with_memo ? &memo : NULL);
		taken_ns = clock_now_ns() - start_ns;
		if (taken_ns < best_ns)
			best_ns = taken_ns;
	}
	printf("%-28s %4zu bytes %8.1f ns %8.3f bytes/ns\n", name, length, (double)best_ns / ANSWERS,
	       (double)length * ANSWERS / (double)best_ns);
}

int main(void)
{
	measure("nginx", nginx, 0, false);
	measure("nginx, remembered", nginx, 0, true);
	measure("nginx, in pieces of 64", nginx, 64, false);
	measure("nginx, byte by byte", nginx, 1, false);
	measure("chunked stream", chunked, 0, false);
	measure("chunked stream, remembered", chunked, 0, true);
	return 0;
}
