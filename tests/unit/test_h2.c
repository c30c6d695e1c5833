/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/h2.h"
#include "stats/streams.h"
#include "proto/h2_inflate.h"

#define REQUEST                                                                                              \
	"POST /a/b?c=d HTTP/1.1\r\nHost: example.org:8080\r\nUser-Agent: vastar\r\nX-Mixed-Case: A "         \
	"Value\r\n"                                                                                          \
	"Connection: keep-alive\r\nContent-Length: 4\r\n\r\nbody"

static const char fields[] = ":method=POST :scheme=https :authority=example.org:8080 :path=/a/b?c=d "
			     "user-agent=vastar x-mixed-case=A Value content-length=4 ";

static struct h2_request built(const char *text)
{
	size_t head = (size_t)(strstr(text, "\r\n\r\n") + 4 - text);
	struct h2_request request;

	assert_true(h2_request_build(&request, text, head, strlen(text), true));
	return request;
}

/* ---- the client's header blocks, decoded by the library's inflater ---- */

static void assert_fields(struct nghttp2_hd_inflater *inflater, const struct h2_frames *frames,
			  const char *expected)
{
	uint8_t block[64 * 1024];
	size_t length = 0;
	const uint8_t *at = frames->bytes, *end = at + frames->length;
	char text[64 * 1024] = "";
	struct h2_field field;
	enum h2_inflated inflated;

	while (at < end) {
		uint32_t piece = h2_get24(at);
		bool last = at + H2_FRAME_HEAD + piece == end;

		assert_int_equal(at[3], at == frames->bytes ? H2_HEADERS : H2_CONTINUATION);
		assert_int_equal(!!(at[4] & H2_END_HEADERS), last);
		assert_true(piece <= H2_FRAME_MAX);
		memcpy(block + length, at + H2_FRAME_HEAD, piece);
		length += piece;
		at += H2_FRAME_HEAD + piece;
	}
	at = block;
	while ((inflated = h2_inflate_next(inflater, &at, block + length, &field)) == H2_INFLATED_FIELD) {
		strncat(text, (const char *)field.name, field.name_length);
		strcat(text, "=");
		strncat(text, (const char *)field.value, field.value_length);
		strcat(text, " ");
	}
	assert_int_equal(inflated, H2_INFLATED_END);
	assert_string_equal(text, expected);
}

static void blocks_decode_to_the_same_fields(void **state)
{
	struct nghttp2_hd_inflater *inflater = h2_inflate_begin();
	struct h2_request request = built(REQUEST);

	(void)state;
	assert_fields(inflater, &request.first, fields);
	assert_fields(inflater, &request.rest, fields);
	assert_fields(inflater, &request.rest, fields);
	assert_true(request.rest.length - H2_FRAME_HEAD <= 7);
	assert_fields(inflater, &request.farewell, fields);
	assert_fields(inflater, &request.plain, fields);
	assert_fields(inflater, &request.plain, fields);
	assert_int_equal(request.body_length, 4);
	assert_false(request.head_method);
	assert_false(request.first.bytes[4] & H2_END_STREAM); /* the body follows */
	h2_request_deinit(&request);
	h2_inflate_end(inflater);
}

/* More fields than the table can hold: the rest stay literals. */
static void blocks_of_a_large_head(void **state)
{
	enum { LONG = 2000, LONGS = 9 };
	static char text[LONG * (LONGS + 1)], expected[sizeof(text)];
	struct nghttp2_hd_inflater *inflater = h2_inflate_begin();
	char value[LONG + 1];
	struct h2_request request;

	(void)state;
	strcpy(text, "GET / HTTP/1.1\r\nHost: a\r\n");
	strcpy(expected, ":method=GET :scheme=https :authority=a :path=/ ");
	for (int i = 0; i < LONGS; i++) {
		memset(value, 'a' + i, LONG);
		value[LONG] = '\0';
		sprintf(text + strlen(text), "x%d: %s\r\n", i, value);
		sprintf(expected + strlen(expected), "x%d=%s ", i, value);
	}
	strcat(text, "\r\n");
	request = built(text);
	assert_fields(inflater, &request.first, expected);
	assert_fields(inflater, &request.rest, expected);
	assert_fields(inflater, &request.rest, expected);
	assert_true(request.rest.length < request.first.length);
	assert_true(request.first.bytes[4] & H2_END_STREAM);
	h2_request_deinit(&request);
	h2_inflate_end(inflater);
}

static void frames_get_their_stream(void **state)
{
	struct h2_request request = built(REQUEST);
	uint8_t copy[1024];

	(void)state;
	assert_ptr_equal(h2_frames_put(copy, &request.first, 12345), copy + request.first.length);
	assert_int_equal(h2_get32(copy + 5), 12345);
	assert_memory_equal(copy + H2_FRAME_HEAD, request.first.bytes + H2_FRAME_HEAD,
			    request.first.length - H2_FRAME_HEAD);
	h2_request_deinit(&request);
}

/* ---- a connection ---- */

struct connection {
	struct h2_request request;
	struct h2_config config;
	struct h2 *h;
};

static const uint8_t empty_settings[H2_FRAME_HEAD] = {0, 0, 0, H2_SETTINGS};

static void begin(struct connection *c, const char *text, uint32_t streams, uint32_t window)
{
	c->request = built(text);
	c->config = (struct h2_config){.request = &c->request, .streams = streams, .window = window};
	c->h = h2_new(&c->config, streams);
	assert_non_null(c->h);
	assert_true(h2_begin(c->h));
}

static void end(struct connection *c)
{
	h2_free(c->h);
	h2_request_deinit(&c->request);
}

/* Discards the output. Returns its length. */
static uint32_t sent(struct h2 *h)
{
	uint32_t length;

	h2_output(h, &length);
	h2_taken(h, length);
	return length;
}

static enum h2_progress feed(struct h2 *h, const uint8_t *bytes, size_t length, struct h2_stream **streamp)
{
	return h2_feed(h, &bytes, bytes + length, streamp);
}

static enum h2_progress feed_frame(struct h2 *h, enum h2_frame_type type, unsigned flags, uint32_t stream,
				   const void *payload, uint32_t length, struct h2_stream **streamp)
{
	uint8_t frame[512];

	memcpy(h2_put_head(frame, length, type, flags, stream), payload, length);
	return feed(h, frame, H2_FRAME_HEAD + length, streamp);
}

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static void answer_200(struct h2 *h, uint32_t id)
{
	struct h2_stream *stream;

	assert_int_equal(feed_frame(h, H2_HEADERS, H2_END_HEADERS | H2_END_STREAM, id, "\x88", 1, &stream),
			 H2_COMPLETE);
	assert_int_equal(stream->id, id);
	assert_int_equal(stream->status, 200);
	h2_close(h, stream);
}

/* Settings, an interim response, a head in two frames, padded DATA, trailers: cut at every byte. */
static const uint8_t talk[] = {
    0, 0, 6, 4, 0, 0, 0, 0, 0, 0,    3,	  0,   0,   0,	 9,	  /* MAX_CONCURRENT_STREAMS 9 */
    0, 0, 5, 1, 4, 0, 0, 0, 1, 8,    3,	  '1', '0', '3',	  /* :status 103 */
    0, 0, 0, 1, 0, 0, 0, 0, 1,					  /* no response yet */
    0, 0, 2, 9, 0, 0, 0, 0, 1, 0x88, 0,				  /* :status 200 */
    0, 0, 4, 9, 4, 0, 0, 0, 1, 1,    'a', 1,   'b',		  /* a: b */
    0, 0, 8, 6, 0, 0, 0, 0, 0, 1,    2,	  3,   4,   5,	 6, 7, 8, /* PING */
    0, 0, 6, 0, 8, 0, 0, 0, 1, 2,    'x', 'y', 'z', 0,	 0,	  /* three bytes and two of padding */
    0, 0, 5, 1, 5, 0, 0, 0, 1, 0x40, 1,	  'a', 1,   'b',	  /* trailers */
};

static void cut_anywhere(void **state)
{
	struct connection c;

	(void)state;
	begin(&c, GET, 4, 1 << 20);
	for (size_t cut = 0; cut <= sizeof(talk); cut++) {
		struct h2_stream *stream = NULL;
		const uint8_t *at = talk, *ends[] = {talk + cut, talk + sizeof(talk)};
		enum h2_progress told[8];
		unsigned count = 0;

		assert_true(h2_begin(c.h));
		h2_open(c.h);
		for (int part = 0; part < 2; part++)
			do {
				told[count] = h2_feed(c.h, &at, ends[part], &stream);
			} while (told[count] != H2_MORE && ++count < 8);
		assert_int_equal(count, 2);
		assert_int_equal(told[0], H2_BEGUN);
		assert_int_equal(told[1], H2_COMPLETE);
		assert_ptr_equal(at, talk + sizeof(talk));
		assert_int_equal(stream->status, 200);
		assert_int_equal(stream->body_bytes, 3);
		assert_int_equal(c.h->limit, 4);
		assert_int_equal(c.h->server_streams, 9);
	}
	end(&c);
}

static void a_limit_that_changes(void **state)
{
	static const uint8_t one[] = {0, 3, 0, 0, 0, 1}, none[] = {0, 3, 0, 0, 0, 0},
			     many[] = {0, 3, 0, 0, 1, 0};
	struct h2_stream *stream;
	struct connection c;

	(void)state;
	begin(&c, GET, 300, 1 << 20);
	assert_int_equal(c.h->limit, H2_STREAMS_UNTOLD);
	feed_frame(c.h, H2_SETTINGS, 0, 0, one, sizeof(one), &stream);
	sent(c.h);
	h2_open(c.h);
	assert_false(h2_room(c.h));
	feed_frame(c.h, H2_SETTINGS, 0, 0, many, sizeof(many), &stream);
	sent(c.h);
	assert_true(h2_room(c.h));
	feed_frame(c.h, H2_SETTINGS, 0, 0, none, sizeof(none), &stream);
	assert_false(h2_room(c.h));
	answer_200(c.h, 1);
	assert_false(h2_room(c.h));
	end(&c);
}

/* A stream that stays open keeps its slot: ids that map to that slot are skipped. */
static void ids_of_an_occupied_slot_are_skipped(void **state)
{
	struct h2_stream *stream;
	struct connection c;

	(void)state;
	begin(&c, GET, 4, 1 << 20);
	feed(c.h, empty_settings, sizeof(empty_settings), &stream);
	assert_int_equal(h2_open(c.h)->id, 1); /* stays open */
	assert_int_equal(h2_open(c.h)->id, 3);
	assert_int_equal(h2_open(c.h)->id, 5);
	answer_200(c.h, 5);
	assert_int_equal(h2_open(c.h)->id, 7);
	sent(c.h);
	assert_int_equal(h2_open(c.h)->id, 13); /* 9 and 11 share the slots of 1 and 3 */
	sent(c.h);
	assert_false(h2_room(c.h));
	/* Below next_id, but never opened: closed, according to RFC 9113 section 5.1.1. */
	assert_int_equal(feed_frame(c.h, H2_HEADERS, 5, 9, "\x88", 1, &stream), H2_BROKEN);
	assert_int_equal(c.h->error, H2_ERROR_STREAM_ENDED);
	end(&c);
}

static void ids_are_used_up(void **state)
{
	struct h2_stream *stream;
	struct connection c;
	uint32_t opened = 0, last = 0;

	(void)state;
	begin(&c, GET, 4, 1 << 20);
	feed(c.h, empty_settings, sizeof(empty_settings), &stream);
	c.h->next_id = H2_ID_MAX - 40;
	while (h2_room(c.h)) {
		last = h2_open(c.h)->id;
		assert_true(last & 1 && last <= H2_ID_MAX);
		sent(c.h);
		answer_200(c.h, last);
		assert_true(++opened < 30);
	}
	assert_true(opened > 10);
	assert_true(c.h->going_away);
	assert_true(h2_begin(c.h)); /* a new connection */
	assert_true(h2_room(c.h));
	assert_int_equal(h2_open(c.h)->id, 1);
	end(&c);
}

/* ---- windows ---- */

static void bodies_wait_for_windows(void **state)
{
	static const uint8_t zero[] = {0, 4, 0, 0, 0, 0}, two[] = {0, 4, 0, 0, 0, 2};
	struct h2_stream *stream, *upload;
	struct connection c;

	(void)state;
	begin(&c, REQUEST, 2, 1 << 20);
	feed_frame(c.h, H2_SETTINGS, 0, 0, zero, sizeof(zero), &stream);
	upload = h2_open(c.h);
	sent(c.h);
	h2_upload(c.h);
	assert_int_equal(sent(c.h), 0);
	feed_frame(c.h, H2_WINDOW_UPDATE, 0, 1, "\0\0\0\1", 4, &stream);
	h2_upload(c.h);
	assert_int_equal(sent(c.h), H2_FRAME_HEAD + 1);
	feed_frame(c.h, H2_SETTINGS, 0, 0, two, sizeof(two), &stream);
	sent(c.h);
	assert_int_equal(upload->window, 2);
	h2_upload(c.h);
	assert_int_equal(sent(c.h), H2_FRAME_HEAD + 2);
	feed_frame(c.h, H2_SETTINGS, 0, 0, zero, sizeof(zero), &stream);
	sent(c.h);
	assert_int_equal(upload->window, -2);
	feed_frame(c.h, H2_WINDOW_UPDATE, 0, 1, "\0\0\0\2", 4, &stream);
	h2_upload(c.h);
	assert_int_equal(sent(c.h), 0);
	feed_frame(c.h, H2_WINDOW_UPDATE, 0, 1, "\0\0\0\1", 4, &stream);
	h2_upload(c.h);
	assert_int_equal(sent(c.h), H2_FRAME_HEAD + 1);
	assert_true(upload->flags & H2S_SENT_ALL);
	assert_int_equal(c.h->uploads, 0);
	assert_int_equal(c.h->window, H2_WINDOW_START - 4);
	end(&c);
}

/* Windows are refilled at half of their size; padding counts. */
static void windows_are_refilled(void **state)
{
	uint8_t half[50] = {9};
	struct h2_stream *stream;
	struct connection c;
	uint32_t length;

	(void)state;
	begin(&c, GET, 2, 100);
	feed(c.h, empty_settings, sizeof(empty_settings), &stream);
	stream = h2_open(c.h);
	feed_frame(c.h, H2_HEADERS, H2_END_HEADERS, 1, "\x88", 1, &stream);
	sent(c.h);
	assert_int_equal(feed_frame(c.h, H2_DATA, H2_PADDED, 1, half, 49, &stream), H2_MORE);
	assert_int_equal(sent(c.h), 0);
	assert_int_equal(feed_frame(c.h, H2_DATA, 0, 1, half, 1, &stream), H2_MORE);
	assert_int_equal(h2_get32(h2_output(c.h, &length) + H2_FRAME_HEAD), 50);
	assert_int_equal(sent(c.h), H2_FRAME_HEAD + 4);
	assert_int_equal(h2_find(c.h, 1)->body_bytes, 49 - 1 - 9 + 1);
	end(&c);
}

/* ---- output ---- */

static void output_is_compacted(void **state)
{
	struct h2_stream *stream;
	struct connection c;

	(void)state;
	begin(&c, GET, 1, 1 << 20);
	feed(c.h, empty_settings, sizeof(empty_settings), &stream);
	/* A PING reply is added during each send: the output is never empty. */
	for (int i = 0; i < 10000; i++) {
		uint32_t length;

		h2_pack(c.h);
		h2_output(c.h, &length);
		assert_int_equal(feed_frame(c.h, H2_PING, 0, 0, "12345678", 8, &stream), H2_MORE);
		h2_taken(c.h, length);
	}
	end(&c);
}

static void unread_replies_are_bounded(void **state)
{
	enum h2_progress progress = H2_MORE;
	struct h2_stream *stream;
	struct connection c;
	int count = 0;

	(void)state;
	begin(&c, GET, 1, 1 << 20);
	feed(c.h, empty_settings, sizeof(empty_settings), &stream);
	while (progress == H2_MORE && count++ < 10000)
		progress = feed_frame(c.h, H2_PING, 0, 0, "12345678", 8, &stream);
	assert_int_equal(progress, H2_BROKEN);
	assert_int_equal(c.h->error, H2_ERROR_FLOOD);
	end(&c);
}

/* An interim response enters the dynamic table. After that the same byte means another field. */
static void a_block_whose_meaning_has_changed(void **state)
{
	static const uint8_t enters_201[] = {0x48, 3, '2', '0', '1'}, enters_103[] = {0x48, 3, '1', '0', '3'};
	static const uint8_t newest = 0xbe, before_it = 0xbf;
	struct connection c;
	struct h2_stream *stream;
	unsigned ends = H2_END_HEADERS | H2_END_STREAM;

	(void)state;
	begin(&c, GET, 4, H2_WINDOW_START);
	assert_int_equal(feed(c.h, empty_settings, sizeof(empty_settings), &stream), H2_MORE);
	for (unsigned i = 0; i < 3; i++)
		h2_open(c.h);
	assert_int_equal(feed_frame(c.h, H2_HEADERS, ends, 1, enters_201, sizeof(enters_201), &stream),
			 H2_COMPLETE);
	assert_int_equal(feed_frame(c.h, H2_HEADERS, ends, 3, &newest, 1, &stream), H2_COMPLETE);
	assert_int_equal(stream->status, 201);
	assert_int_equal(
	    feed_frame(c.h, H2_HEADERS, H2_END_HEADERS, 5, enters_103, sizeof(enters_103), &stream),
	    H2_BEGUN);
	assert_int_equal(feed_frame(c.h, H2_HEADERS, H2_END_HEADERS, 5, &newest, 1, &stream), H2_MORE);
	assert_int_equal(feed_frame(c.h, H2_HEADERS, ends, 5, &before_it, 1, &stream), H2_COMPLETE);
	assert_int_equal(stream->status, 201);
	end(&c);
}

static void every_error_has_a_message(void **state)
{
	(void)state;
	for (enum h2_error error = H2_OK; error < H2_ERRORS; error++)
		assert_non_null(h2_error_text(error));
	assert_string_equal(stream_code_names[stream_code_index(H2_REFUSED_STREAM)], "REFUSED_STREAM");
	assert_string_equal(stream_code_names[stream_code_index(H2_CODES)], "unknown");
	assert_string_equal(stream_code_names[stream_code_index(UINT32_MAX)], "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blocks_decode_to_the_same_fields),
	    cmocka_unit_test(blocks_of_a_large_head),
	    cmocka_unit_test(frames_get_their_stream),
	    cmocka_unit_test(cut_anywhere),
	    cmocka_unit_test(a_limit_that_changes),
	    cmocka_unit_test(ids_of_an_occupied_slot_are_skipped),
	    cmocka_unit_test(ids_are_used_up),
	    cmocka_unit_test(bodies_wait_for_windows),
	    cmocka_unit_test(windows_are_refilled),
	    cmocka_unit_test(output_is_compacted),
	    cmocka_unit_test(unread_replies_are_bounded),
	    cmocka_unit_test(every_error_has_a_message),
	    cmocka_unit_test(a_block_whose_meaning_has_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
