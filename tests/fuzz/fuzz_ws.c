/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * WebSocket's frames, as a client or a server reads them. Input: a byte of flags (1: from a client, 2:
 * deflate was agreed on, 4: the head of a handshake's response comes first), a byte for the length of pieces,
 * then what came. It is read whole and in pieces; both must tell the same story.
 */
#include "fuzz.h"
#include "proto/ws.h"
#include "proto/ws_handshake.h"

struct story {
	uint64_t hash, messages, bytes;
	uint8_t error;
	bool closed;
};

static void tell(struct story *story, uint64_t value)
{
	story->hash = (story->hash ^ value) * 0x100000001b3;
}

static void must_hold(const struct ws *ws, enum ws_event event)
{
	MUST(ws->control_have <= WS_CONTROL_MAX && ws->head_have <= WS_HEAD_MAX);
	MUST(ws->error < WS_ERRORS && (event == WS_BROKEN) == (ws->error != WS_OK));
	MUST(ws_error_text(ws->error) && ws_error_code(ws->error) >= 1000 && ws_code_text(ws->code));
}

/* A piece is told byte by byte, so that it does not matter how it was cut. */
static void take_piece(const struct ws *ws, struct story *story)
{
	uint8_t plain[64];

	for (size_t i = 0; i < ws->piece_length; i += sizeof(plain)) {
		size_t length = ws->piece_length - i < sizeof(plain) ? ws->piece_length - i : sizeof(plain);

		ws_mask(plain, ws->piece + i, length, ws->mask, (unsigned)(ws->mask_at + i) & 3);
		for (size_t k = 0; k < length; k++)
			tell(story, plain[k]);
	}
	story->bytes += ws->piece_length;
}

static bool feed(struct ws *ws, struct story *story, const uint8_t *at, const uint8_t *end)
{
	enum ws_event event;

	do {
		const uint8_t *before = at;

		event = ws_feed(ws, &at, end);
		MUST(at >= before && at <= end);
		must_hold(ws, event);
		switch (event) {
		case WS_PIECE:
		case WS_MESSAGE:
			take_piece(ws, story);
			story->messages += event == WS_MESSAGE;
			break;
		case WS_PING_CAME:
		case WS_PONG_CAME:
		case WS_CLOSE_CAME:
			tell(story, event);
			for (unsigned i = 0; i < ws->control_have; i++)
				tell(story, ws->control[i]);
			break;
		case WS_MORE:
			MUST(at == end);
			break;
		case WS_BROKEN:
			break;
		}
	} while (event != WS_MORE && event != WS_BROKEN);
	return event != WS_BROKEN;
}

static struct story read_it(const uint8_t *data, size_t size, unsigned flags, size_t piece)
{
	struct story story = {.hash = 0xcbf29ce484222325};
	const uint8_t *at = data, *end = data + size;
	struct ws ws;
	bool goes_on = true;

	ws_begin(&ws, flags & 1);
	ws.deflate = flags & 2;
	while (goes_on && at < end) {
		const uint8_t *until = (size_t)(end - at) < piece ? end : at + piece;

		goes_on = feed(&ws, &story, at, until);
		at = until;
	}
	story.error = ws.error;
	story.closed = ws.closed;
	return story;
}

static void read_head(const char *head, size_t length)
{
	struct ws_offer offer = {"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "chat", 4};
	size_t end = ws_head_end(head, length, 0);
	struct ws_response response;
	char text[160];

	MUST(end <= length);
	response = ws_response_read(head, end ? end : length, &offer);
	MUST(response.agreement < WS_AGREEMENTS);
	MUST((response.agreement == WS_NOT_HTTP) == !response.status);
	ws_response_describe(&response, text, sizeof(text));
	for (size_t from = 0; end && from < end; from++)
		MUST(ws_head_end(head, length, from) == end || from > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct story whole, pieces;
	unsigned flags;
	size_t piece;

	if (size < 2)
		return 0;
	flags = data[0];
	piece = data[1] ? data[1] : 1;
	if (flags & 4) {
		read_head((const char *)data + 2, size - 2);
		return 0;
	}
	whole = read_it(data + 2, size - 2, flags, size);
	pieces = read_it(data + 2, size - 2, flags, piece);
	MUST(whole.error == pieces.error && whole.closed == pieces.closed);
	MUST(whole.messages == pieces.messages);
	/* Of text that is no UTF-8, less is seen when it comes whole. */
	if (whole.error != WS_ERROR_TEXT)
		MUST(whole.bytes == pieces.bytes && whole.hash == pieces.hash);
	return 0;
}
