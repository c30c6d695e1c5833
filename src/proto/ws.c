/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "proto/ws.h"

#include <string.h>

void ws_begin(struct ws *ws, bool from_client)
{
	*ws = (struct ws){.from_client = from_client};
}

static enum ws_event broken(struct ws *ws, enum ws_error error)
{
	ws->error = (uint8_t)error;
	return WS_BROKEN;
}

static inline bool is_control(unsigned first)
{
	return first & 8;
}

/* ---- heads ---- */

/* By its second byte. */
static size_t whole_head(uint8_t second)
{
	return 2 + ((second & 127) == 126 ? 2u : (second & 127) == 127 ? 8u : 0) + (second & 128 ? 4u : 0);
}

static uint64_t read_number(const uint8_t *at, unsigned bytes)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < bytes; i++)
		number = number << 8 | at[i];
	return number;
}

static enum ws_error check_control(const struct ws *ws, uint8_t second)
{
	if (!(ws->first & WS_FIN))
		return WS_ERROR_CONTROL_FRAGMENT;
	if (ws->first & WS_RSV1)
		return ws->deflate ? WS_ERROR_CONTROL_COMPRESSED : WS_ERROR_RESERVED_BIT;
	return (second & 127) > WS_CONTROL_MAX ? WS_ERROR_CONTROL_LENGTH : WS_OK;
}

/* RFC 6455 section 5.4: a message begins with its kind and goes on with continuations. RFC 7692 section 6:
 * the bit for compression is in the first frame only. */
static enum ws_error check_data(const struct ws *ws)
{
	bool continues = (ws->first & 15) == WS_CONTINUATION;

	if (ws->first & WS_RSV1 && (!ws->deflate || continues))
		return WS_ERROR_RESERVED_BIT;
	if (continues)
		return ws->kind ? WS_OK : WS_ERROR_NO_BEGINNING;
	return ws->kind ? WS_ERROR_NO_END : WS_OK;
}

/* Checks a head as far as its first two bytes tell. */
static enum ws_error check_head(const struct ws *ws, uint8_t second)
{
	unsigned opcode = ws->first & 15;

	if (ws->first & (WS_RSV2 | WS_RSV3))
		return WS_ERROR_RESERVED_BIT;
	if (opcode > WS_PONG || (opcode > WS_BINARY && opcode < WS_CLOSE))
		return WS_ERROR_OPCODE;
	if (ws->from_client != !!(second & 128))
		return ws->from_client ? WS_ERROR_UNMASKED : WS_ERROR_MASKED;
	return is_control(opcode) ? check_control(ws, second) : check_data(ws);
}

/* The head is complete. */
static enum ws_error take_head(struct ws *ws, const uint8_t *head)
{
	uint64_t length = head[1] & 127;
	const uint8_t *at = head + 2;

	if (length >= 126) {
		unsigned bytes = length == 126 ? 2 : 8;

		length = read_number(at, bytes);
		at += bytes;
		if (length <= (bytes == 2 ? 125 : UINT16_MAX))
			return WS_ERROR_LENGTH_FORM;
		if (length >> 63)
			return WS_ERROR_LENGTH;
	}
	if (ws->from_client)
		memcpy(ws->mask, at, sizeof(ws->mask));
	ws->mask_at = 0;
	ws->left = length;
	ws->in_frame = true;
	if (is_control(ws->first)) {
		ws->control_have = 0;
		return WS_OK;
	}
	if (!ws->kind) {
		ws->kind = ws->first & 15;
		ws->compressed = ws->first & WS_RSV1;
		ws->text = ws->kind == WS_TEXT;
		ws->message_bytes = 0;
		ws->message_frames = 0;
		ws->utf8 = (struct utf8){0};
	}
	ws->message_frames++;
	return WS_OK;
}

/* False: more is needed, or ws->error is set. A wrong frame is found as early as possible. */
static bool read_head(struct ws *ws, const uint8_t **atp, const uint8_t *end)
{
	const uint8_t *at = *atp, *head = ws->head;
	size_t length;

	if (!ws->head_have && end - at >= 2 && (size_t)(end - at) >= whole_head(at[1])) {
		head = at;
		*atp = at + whole_head(at[1]);
		ws->first = head[0];
		ws->error = (uint8_t)check_head(ws, head[1]);
	} else {
		while (*atp < end && (ws->head_have < 2 || ws->head_have < whole_head(ws->head[1]))) {
			ws->head[ws->head_have++] = *(*atp)++;
			if (ws->head_have < 2)
				continue;
			ws->first = ws->head[0];
			ws->error = (uint8_t)check_head(ws, ws->head[1]);
			if (ws->error)
				return false;
		}
		length = ws->head_have < 2 ? 2 : whole_head(ws->head[1]);
		if (ws->head_have < length)
			return false;
		ws->head_have = 0;
	}
	if (!ws->error)
		ws->error = (uint8_t)take_head(ws, head);
	return !ws->error;
}

/* ---- control frames ---- */

/* RFC 6455 section 7.4: those that are defined, registered or private, and may be sent. */
static bool may_be_sent(uint16_t code)
{
	return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
	       (code >= 3000 && code <= 4999);
}

static enum ws_event close_came(struct ws *ws)
{
	struct utf8 reason = {0};

	ws->closed = true;
	ws->code = WS_NO_CODE;
	if (!ws->control_have)
		return WS_CLOSE_CAME;
	if (ws->control_have == 1)
		return broken(ws, WS_ERROR_CLOSE_LENGTH);
	ws->code = (uint16_t)read_number(ws->control, 2);
	ws->control_have = (uint8_t)(ws->control_have - 2);
	memmove(ws->control, ws->control + 2, ws->control_have);
	if (!may_be_sent(ws->code))
		return broken(ws, WS_ERROR_CLOSE_CODE);
	if (!utf8_feed(&reason, ws->control, ws->control_have) || !utf8_complete(&reason))
		return broken(ws, WS_ERROR_CLOSE_REASON);
	return WS_CLOSE_CAME;
}

static enum ws_event control_came(struct ws *ws)
{
	ws->in_frame = false;
	if (ws->from_client)
		ws_mask(ws->control, ws->control, ws->control_have, ws->mask, 0);
	switch (ws->first & 15) {
	case WS_PING:
		return WS_PING_CAME;
	case WS_PONG:
		return WS_PONG_CAME;
	default:
		return close_came(ws);
	}
}

static enum ws_event feed_control(struct ws *ws, const uint8_t **atp, const uint8_t *end)
{
	size_t length = (size_t)(end - *atp);

	if (length > ws->left)
		length = (size_t)ws->left;
	memcpy(ws->control + ws->control_have, *atp, length);
	ws->control_have = (uint8_t)(ws->control_have + length);
	ws->left -= length;
	*atp += length;
	return ws->left ? WS_MORE : control_came(ws);
}

/* ---- messages ---- */

bool ws_check_text(struct ws *ws, const uint8_t *bytes, size_t length, bool last)
{
	if (utf8_feed(&ws->utf8, bytes, length) && (!last || utf8_complete(&ws->utf8)))
		return true;
	ws->error = WS_ERROR_TEXT;
	return false;
}

static enum ws_event feed_data(struct ws *ws, const uint8_t **atp, const uint8_t *end)
{
	size_t length = (size_t)(end - *atp);
	bool last;

	if (length > ws->left)
		length = (size_t)ws->left;
	ws->piece = *atp;
	ws->piece_length = length;
	*atp += length;
	ws->left -= length;
	ws->message_bytes += length;
	ws->in_frame = ws->left > 0;
	last = !ws->left && ws->first & WS_FIN;
	if (ws->text && !ws->from_client && !ws->compressed && !ws_check_text(ws, ws->piece, length, last))
		return WS_BROKEN;
	if (last)
		ws->kind = 0;
	return last ? WS_MESSAGE : WS_PIECE;
}

enum ws_event ws_feed(struct ws *ws, const uint8_t **atp, const uint8_t *end)
{
	if (ws->error)
		return WS_BROKEN;
	if (ws->closed) {
		*atp = end;
		return WS_MORE;
	}
	if (ws->in_frame)
		ws->mask_at = (uint8_t)((ws->mask_at + ws->piece_length) & 3);
	else if (!read_head(ws, atp, end))
		return ws->error ? WS_BROKEN : WS_MORE;
	if (is_control(ws->first))
		return feed_control(ws, atp, end);
	if (*atp == end && ws->left) {
		ws->piece_length = 0;
		return WS_MORE;
	}
	return feed_data(ws, atp, end);
}

/* ---- words ---- */

const char *ws_error_text(enum ws_error error)
{
	static const char *const texts[WS_ERRORS] = {
	    [WS_OK] = "nothing",
	    [WS_ERROR_RESERVED_BIT] = "a frame with a reserved bit, which no extension has defined",
	    [WS_ERROR_OPCODE] = "a frame of a reserved opcode",
	    [WS_ERROR_MASKED] = "a masked frame, which only clients send",
	    [WS_ERROR_UNMASKED] = "a frame without a mask, which only servers send",
	    [WS_ERROR_CONTROL_LENGTH] = "a control frame of more than 125 bytes",
	    [WS_ERROR_CONTROL_FRAGMENT] = "a control frame in fragments",
	    [WS_ERROR_CONTROL_COMPRESSED] = "a compressed control frame",
	    [WS_ERROR_LENGTH_FORM] = "a frame whose length is written with more bytes than it needs",
	    [WS_ERROR_LENGTH] = "a frame of 2^63 bytes or more",
	    [WS_ERROR_NO_BEGINNING] = "a continuation frame without a message to continue",
	    [WS_ERROR_NO_END] = "a new message before the end of the last one",
	    [WS_ERROR_TEXT] = "a text message that is not UTF-8",
	    [WS_ERROR_CLOSE_LENGTH] = "a close frame with half a code",
	    [WS_ERROR_CLOSE_CODE] = "a close frame with a code that must not be sent",
	    [WS_ERROR_CLOSE_REASON] = "a close frame whose reason is not UTF-8",
	    [WS_ERROR_DEFLATE] = "a compressed message that cannot be decompressed",
	};

	return texts[error];
}

uint16_t ws_error_code(enum ws_error error)
{
	switch (error) {
	case WS_ERROR_TEXT:
	case WS_ERROR_CLOSE_REASON:
	case WS_ERROR_DEFLATE:
		return WS_INVALID_DATA;
	default:
		return WS_PROTOCOL_ERROR;
	}
}

const char *ws_code_text(uint16_t code)
{
	static const char *const texts[] = {
	    "normal",		"going away",	  "protocol error",  "unsupported data", "",
	    "no code",		"no close frame", "invalid data",    "policy violation", "message too big",
	    "extension needed", "internal error", "service restart", "try again later",	 "bad gateway",
	};

	return code >= 1000 && code < 1000 + sizeof(texts) / sizeof(*texts) ? texts[code - 1000] : "";
}

/* ---- writing ---- */

size_t ws_head_length(uint64_t length, bool masked)
{
	return 2 + (length > UINT16_MAX ? 8u : length > 125 ? 2u : 0) + (masked ? 4u : 0);
}

size_t ws_put_head(uint8_t *to, unsigned first, uint64_t length, const uint8_t mask[4])
{
	unsigned bytes = length > UINT16_MAX ? 8 : length > 125 ? 2 : 0;
	uint8_t *at = to;

	*at++ = (uint8_t)first;
	*at++ = (uint8_t)((mask ? 128 : 0) | (bytes == 8 ? 127 : bytes == 2 ? 126 : length));
	for (unsigned i = bytes; i--;)
		*at++ = (uint8_t)(length >> 8 * i);
	if (mask) {
		memcpy(at, mask, 4);
		at += 4;
	}
	return (size_t)(at - to);
}

void ws_mask(uint8_t *to, const uint8_t *from, size_t length, const uint8_t mask[4], unsigned at)
{
	uint8_t turned[8];
	uint64_t eight, wide;
	size_t i = 0;

	for (unsigned k = 0; k < sizeof(turned); k++)
		turned[k] = mask[(at + k) & 3];
	memcpy(&wide, turned, sizeof(wide));
	for (; length - i >= sizeof(eight); i += sizeof(eight)) {
		memcpy(&eight, from + i, sizeof(eight));
		eight ^= wide;
		memcpy(to + i, &eight, sizeof(eight));
	}
	for (; i < length; i++)
		to[i] = from[i] ^ turned[i & 7];
}

size_t ws_put_control(uint8_t *to, enum ws_opcode opcode, const uint8_t *payload, size_t length,
		      const uint8_t mask[4])
{
	static const uint8_t no_mask[4] = {0};
	size_t head = ws_put_head(to, WS_FIN | opcode, length, mask);

	ws_mask(to + head, payload, length, mask ? mask : no_mask, 0);
	return head + length;
}

size_t ws_put_close(uint8_t *to, uint16_t code, const uint8_t mask[4])
{
	uint8_t payload[2] = {(uint8_t)(code >> 8), (uint8_t)code};

	return ws_put_control(to, WS_CLOSE, payload, code == WS_NO_CODE ? 0 : 2, mask);
}
