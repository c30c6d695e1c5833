/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/sha1.h"
#include "base/utf8.h"
#include "proto/ws.h"
#include "proto/ws_handshake.h"

/* ---- base ---- */

static void assert_sha1(const char *text, const char *hex)
{
	uint8_t digest[SHA1_SIZE];
	char shown[2 * SHA1_SIZE + 1];

	sha1(text, strlen(text), digest);
	for (unsigned i = 0; i < SHA1_SIZE; i++)
		snprintf(shown + 2 * (size_t)i, 3, "%02x", digest[i]);
	assert_string_equal(shown, hex);
}

/* FIPS 180-4's examples, and one of each number of blocks at its longest. */
static void test_sha1(void **state)
{
	(void)state;
	assert_sha1("", "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	assert_sha1("abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	assert_sha1("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		    "c1c8bbdc22796e28c0e15163d20899b65621d65a");
}

static void test_utf8(void **state)
{
	static const char *const good[] = {"",
					   "abc",
					   "\xc2\x80",
					   "\xe0\xa0\x80",
					   "\xed\x9f\xbf",
					   "\xee\x80\x80",
					   "\xf0\x90\x80\x80",
					   "\xf4\x8f\xbf\xbf",
					   "12345678\xce\xba 12345678"};
	static const char *const bad[] = {
	    "\x80",	"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
	    "\xf4\x90", "\xf5",	    "\xff",	"\xc2 ",	"12345678\xfe"};
	struct utf8 utf8;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		for (size_t cut = 0; cut <= strlen(good[i]); cut++) {
			utf8 = (struct utf8){0};
			assert_true(utf8_feed(&utf8, (const uint8_t *)good[i], cut));
			assert_true(utf8_feed(&utf8, (const uint8_t *)good[i] + cut, strlen(good[i]) - cut));
			assert_true(utf8_complete(&utf8));
		}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		utf8 = (struct utf8){0};
		assert_false(utf8_feed(&utf8, (const uint8_t *)bad[i], strlen(bad[i])));
	}
	utf8 = (struct utf8){0};
	assert_true(utf8_feed(&utf8, (const uint8_t *)"\xe2\x82", 2));
	assert_false(utf8_complete(&utf8));
}

/* ---- frames ---- */

/* Feeds the bytes in pieces of `piece`, and returns the first event that is not a piece or a lack of bytes.
 */
static enum ws_event feed(struct ws *ws, const void *bytes, size_t length, size_t piece)
{
	const uint8_t *at = bytes, *end = at + length;
	enum ws_event event = WS_MORE;

	while (at < end && (event == WS_MORE || event == WS_PIECE)) {
		const uint8_t *until = (size_t)(end - at) < piece ? end : at + piece;

		do {
			event = ws_feed(ws, &at, until);
		} while (event == WS_PIECE || (event == WS_MORE && at < until));
	}
	return event;
}

static enum ws_event feed_new(struct ws *ws, const void *bytes, size_t length, size_t piece, bool from_client)
{
	ws_begin(ws, from_client);
	return feed(ws, bytes, length, piece);
}

#define ASSERT_EVENT(event_wanted, from_client, ...)                                                         \
	do {                                                                                                 \
		static const uint8_t bytes[] = {__VA_ARGS__};                                                \
		struct ws one;                                                                               \
		for (size_t piece = 1; piece <= sizeof(bytes); piece++)                                      \
			assert_int_equal(feed_new(&one, bytes, sizeof(bytes), piece, from_client),           \
					 event_wanted);                                                      \
	} while (0)

#define ASSERT_ERROR(error_wanted, ...)                                                                      \
	do {                                                                                                 \
		static const uint8_t bytes[] = {__VA_ARGS__};                                                \
		struct ws one;                                                                               \
		for (size_t piece = 1; piece <= sizeof(bytes); piece++) {                                    \
			assert_int_equal(feed_new(&one, bytes, sizeof(bytes), piece, false), WS_BROKEN);     \
			assert_int_equal(one.error, error_wanted);                                           \
			assert_string_not_equal(ws_error_text(one.error), "");                               \
		}                                                                                            \
	} while (0)

/* RFC 6455 section 5.7. */
static void test_the_examples(void **state)
{
	(void)state;
	ASSERT_EVENT(WS_MESSAGE, false, 0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f);
	ASSERT_EVENT(WS_MESSAGE, true, 0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58);
	ASSERT_EVENT(WS_MESSAGE, false, 0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f);
	ASSERT_EVENT(WS_PING_CAME, false, 0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f);
	ASSERT_EVENT(WS_PONG_CAME, true, 0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58);
}

static void test_errors(void **state)
{
	(void)state;
	ASSERT_ERROR(WS_ERROR_RESERVED_BIT, 0xc1, 0x00);
	ASSERT_ERROR(WS_ERROR_RESERVED_BIT, 0xa1, 0x00);
	ASSERT_ERROR(WS_ERROR_RESERVED_BIT, 0x91, 0x00);
	ASSERT_ERROR(WS_ERROR_RESERVED_BIT, 0xc9, 0x00);
	ASSERT_ERROR(WS_ERROR_OPCODE, 0x83, 0x00);
	ASSERT_ERROR(WS_ERROR_OPCODE, 0x87, 0x00);
	ASSERT_ERROR(WS_ERROR_OPCODE, 0x8b, 0x00);
	ASSERT_ERROR(WS_ERROR_OPCODE, 0x8f, 0x00);
	ASSERT_ERROR(WS_ERROR_MASKED, 0x81, 0x81, 0, 0, 0, 0, 0x61);
	ASSERT_ERROR(WS_ERROR_CONTROL_LENGTH, 0x89, 126, 0, 126);
	ASSERT_ERROR(WS_ERROR_CONTROL_FRAGMENT, 0x09, 0x00);
	ASSERT_ERROR(WS_ERROR_LENGTH_FORM, 0x82, 126, 0, 125);
	ASSERT_ERROR(WS_ERROR_LENGTH_FORM, 0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff);
	ASSERT_ERROR(WS_ERROR_LENGTH, 0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0);
	ASSERT_ERROR(WS_ERROR_NO_BEGINNING, 0x80, 0x00);
	ASSERT_ERROR(WS_ERROR_NO_END, 0x01, 0x00, 0x81, 0x00);
	ASSERT_ERROR(WS_ERROR_TEXT, 0x81, 0x01, 0xff);
	ASSERT_ERROR(WS_ERROR_TEXT, 0x81, 0x01, 0xc2);
	ASSERT_ERROR(WS_ERROR_TEXT, 0x01, 0x01, 0xc2, 0x80, 0x01, 0x61);
	ASSERT_ERROR(WS_ERROR_CLOSE_LENGTH, 0x88, 0x01, 0x03);
	ASSERT_ERROR(WS_ERROR_CLOSE_CODE, 0x88, 0x02, 0x03, 0xee);
	ASSERT_ERROR(WS_ERROR_CLOSE_REASON, 0x88, 0x03, 0x03, 0xe8, 0xff);
}

static void test_an_unmasked_frame_of_a_client(void **state)
{
	static const uint8_t bytes[] = {0x81, 0x01, 0x61};
	struct ws ws;

	(void)state;
	assert_int_equal(feed_new(&ws, bytes, sizeof(bytes), sizeof(bytes), true), WS_BROKEN);
	assert_int_equal(ws.error, WS_ERROR_UNMASKED);
}

static void test_close_codes(void **state)
{
	static const unsigned good[] = {1000, 1001, 1002, 1003, 1007, 1008, 1009,
					1010, 1011, 1012, 1014, 3000, 4999};
	static const unsigned bad[] = {0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535};
	struct ws ws;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		uint8_t bytes[] = {0x88, 4, (uint8_t)(good[i] >> 8), (uint8_t)good[i], 'o', 'k'};

		assert_int_equal(feed_new(&ws, bytes, sizeof(bytes), 6, false), WS_CLOSE_CAME);
		assert_int_equal(ws.code, good[i]);
		assert_int_equal(ws.control_have, 2);
		assert_memory_equal(ws.control, "ok", 2);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		uint8_t bytes[] = {0x88, 2, (uint8_t)(bad[i] >> 8), (uint8_t)bad[i]};

		assert_int_equal(feed_new(&ws, bytes, sizeof(bytes), 4, false), WS_BROKEN);
		assert_int_equal(ws.error, WS_ERROR_CLOSE_CODE);
	}
}

/* A control frame comes between two fragments, and nothing after a close frame counts. */
static void test_control_between_fragments(void **state)
{
	static const uint8_t bytes[] = {0x01, 0x01, 'a',  0x89, 0x01, 'p', 0x80,
					0x01, 'b',  0x88, 0x00, 0xff, 0xff};
	const uint8_t *at = bytes, *end = bytes + sizeof(bytes);
	struct ws ws;

	(void)state;
	ws_begin(&ws, false);
	assert_int_equal(ws_feed(&ws, &at, end), WS_PIECE);
	assert_int_equal(ws_feed(&ws, &at, end), WS_PING_CAME);
	assert_int_equal(ws.control[0], 'p');
	assert_true(ws_in_message(&ws));
	assert_int_equal(ws_feed(&ws, &at, end), WS_MESSAGE);
	assert_int_equal(ws.message_bytes, 2);
	assert_int_equal(ws.message_frames, 2);
	assert_false(ws_in_message(&ws));
	assert_int_equal(ws_feed(&ws, &at, end), WS_CLOSE_CAME);
	assert_int_equal(ws.code, WS_NO_CODE);
	assert_int_equal(ws_feed(&ws, &at, end), WS_MORE);
	assert_ptr_equal(at, end);
}

static void test_masks(void **state)
{
	static const uint8_t mask[4] = {1, 2, 4, 8};
	uint8_t from[40], to[40];

	(void)state;
	for (unsigned i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(7 * i);
	for (unsigned at = 0; at < 4; at++)
		for (size_t length = 0; length <= sizeof(from); length++) {
			ws_mask(to, from, length, mask, at);
			for (size_t i = 0; i < length; i++)
				assert_int_equal(to[i], from[i] ^ mask[(at + i) & 3]);
		}
}

/* What is written is read: lengths on both sides of each form, with and without a mask. */
static void test_lengths(void **state)
{
	static const uint64_t lengths[] = {0, 1, 125, 126, 127, 65535, 65536, 70000};
	static const uint8_t mask[4] = {9, 8, 7, 6};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		for (int masked = 0; masked < 2; masked++) {
			uint8_t *frame = calloc(1, WS_HEAD_MAX + lengths[i]);
			size_t head =
			    ws_put_head(frame, WS_FIN | WS_BINARY, lengths[i], masked ? mask : NULL);
			struct ws ws;

			assert_int_equal(head, ws_head_length(lengths[i], masked));
			assert_int_equal(feed_new(&ws, frame, head + lengths[i], 1000, masked), WS_MESSAGE);
			assert_int_equal(ws.message_bytes, lengths[i]);
			free(frame);
		}
}

/* ---- the handshake ---- */

/* RFC 6455 section 1.3. */
static void test_accept(void **state)
{
	char accept[WS_ACCEPT_LENGTH], key[WS_KEY_LENGTH];

	(void)state;
	ws_accept("dGhlIHNhbXBsZSBub25jZQ==", accept);
	assert_memory_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WS_ACCEPT_LENGTH);
	ws_key((const uint8_t *)"the sample nonce", key);
	assert_memory_equal(key, "dGhlIHNhbXBsZSBub25jZQ==", WS_KEY_LENGTH);
}

static struct ws_response read_response(const char *head)
{
	struct ws_offer offer = {"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "chat, superchat", 15};

	return ws_response_read(head, strlen(head), &offer);
}

#define SWITCH "HTTP/1.1 101 Switching Protocols\r\n"
#define UPGRADE "Upgrade: WebSocket\r\n"
#define CONNECTION "Connection: keep-alive, Upgrade\r\n"
#define ACCEPT "Sec-WebSocket-Accept:s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \r\n"

static void test_responses(void **state)
{
	static const struct {
		const char *head;
		enum ws_agreement agreement;
		unsigned status;
	} cases[] = {
	    {SWITCH UPGRADE CONNECTION ACCEPT "\r\n", WS_AGREED, 101},
	    {"HTTP/1.1 101\nupgrade: websocket\nconnection: upgrade\nsec-websocket-accept: "
	     "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n\n",
	     WS_AGREED, 101},
	    {SWITCH UPGRADE CONNECTION ACCEPT "Sec-WebSocket-Protocol: superchat\r\n\r\n", WS_AGREED, 101},
	    {SWITCH UPGRADE CONNECTION ACCEPT "Sec-WebSocket-Protocol: SuperChat\r\n\r\n", WS_SUBPROTOCOL,
	     101},
	    {SWITCH UPGRADE CONNECTION ACCEPT "Sec-WebSocket-Extensions: x-a\r\n\r\n", WS_EXTENSION, 101},
	    {SWITCH CONNECTION ACCEPT "\r\n", WS_NO_UPGRADE, 101},
	    {SWITCH "Upgrade: h2c\r\n" CONNECTION ACCEPT "\r\n", WS_NO_UPGRADE, 101},
	    {SWITCH UPGRADE ACCEPT "\r\n", WS_NO_CONNECTION, 101},
	    {SWITCH UPGRADE CONNECTION "\r\n", WS_NO_ACCEPT, 101},
	    {SWITCH UPGRADE CONNECTION "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
	     WS_WRONG_ACCEPT, 101},
	    {"HTTP/1.1 200 OK\r\n\r\n", WS_NOT_101, 200},
	    {"HTTP/2 101 OK\r\n\r\n", WS_NOT_HTTP, 0},
	    {"HTTP/1.1 1o1 OK\r\n\r\n", WS_NOT_HTTP, 0},
	    {"\r\n\r\n", WS_NOT_HTTP, 0},
	};
	char text[160];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ws_response response = read_response(cases[i].head);

		assert_int_equal(response.agreement, cases[i].agreement);
		assert_int_equal(response.status, cases[i].status);
		ws_response_describe(&response, text, sizeof(text));
		assert_string_not_equal(text, "");
	}
}

static void test_the_end_of_a_head(void **state)
{
	static const char head[] = "HTTP/1.1 101 a\r\nb: c\r\n\r\nrest";
	size_t end = sizeof("HTTP/1.1 101 a\r\nb: c\r\n\r\n") - 1;

	(void)state;
	for (size_t length = 0; length < sizeof(head); length++)
		for (size_t from = 0; from <= length; from++)
			if (from < end)
				assert_int_equal(ws_head_end(head, length, from), length < end ? 0 : end);
	assert_int_equal(ws_head_end("a\n\nb", 4, 0), 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sha1),
	    cmocka_unit_test(test_utf8),
	    cmocka_unit_test(test_the_examples),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_an_unmasked_frame_of_a_client),
	    cmocka_unit_test(test_close_codes),
	    cmocka_unit_test(test_control_between_fragments),
	    cmocka_unit_test(test_masks),
	    cmocka_unit_test(test_lengths),
	    cmocka_unit_test(test_accept),
	    cmocka_unit_test(test_responses),
	    cmocka_unit_test(test_the_end_of_a_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
