/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/ws_handshake.h"

enum { OUT_FIRST = 512 };

/* Room for `length` bytes more; NULL: out of memory. */
static uint8_t *out_room(struct socket_out *out, size_t length)
{
	size_t size = out->size ? out->size : OUT_FIRST;
	uint8_t *bytes;

	while (size - out->used < length)
		size *= 2;
	if (size == out->size)
		return out->bytes + out->used;
	bytes = realloc(out->bytes, size);
	if (!bytes)
		return NULL;
	out->bytes = bytes;
	out->size = size;
	return bytes + out->used;
}

struct socket *socket_new(const struct request *request)
{
	static const char before[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
				     "Connection: Upgrade\r\nSec-WebSocket-Accept: ";
	struct socket *socket = calloc(1, sizeof(*socket));
	uint8_t *to = socket ? out_room(&socket->filling, OUT_FIRST) : NULL;

	if (!to) {
		free(socket);
		return NULL;
	}
	ws_begin(&socket->ws, true);
	memcpy(to, before, sizeof(before) - 1);
	to += sizeof(before) - 1;
	ws_accept(request->method + request->key_at, (char *)to);
	memcpy(to + WS_ACCEPT_LENGTH, "\r\n\r\n", 4);
	socket->filling.used = sizeof(before) - 1 + WS_ACCEPT_LENGTH + 4;
	return socket;
}

void socket_free(struct socket *socket)
{
	if (!socket)
		return;
	free(socket->filling.bytes);
	free(socket->sending.bytes);
	free(socket);
}

/* ---- input ---- */

static bool put_control(struct socket *socket, enum ws_opcode opcode, const uint8_t *payload, size_t length)
{
	uint8_t *to = out_room(&socket->filling, WS_HEAD_MAX + WS_CONTROL_MAX);

	if (!to)
		return false;
	socket->filling.used += ws_put_control(to, opcode, payload, length, NULL);
	return true;
}

/* Says why, unless half a frame is out: then only the end of the connection is left. */
static bool give_up(struct socket *socket)
{
	uint16_t code = ws_error_code(socket->ws.error);
	uint8_t payload[2] = {(uint8_t)(code >> 8), (uint8_t)code};

	socket->closing = true;
	return socket->in_echo || put_control(socket, WS_CLOSE, payload, sizeof(payload));
}

/* The code that came goes back (RFC 6455 section 5.5.1). */
static bool close_came(struct socket *socket)
{
	uint16_t code = socket->ws.code;
	uint8_t payload[2] = {(uint8_t)(code >> 8), (uint8_t)code};

	socket->closing = true;
	return put_control(socket, WS_CLOSE, payload, code == WS_NO_CODE ? 0 : sizeof(payload));
}

/* A piece of a message goes back, with the head of its frame if it is the first one of that. */
static bool echo(struct socket *socket, bool last)
{
	struct ws *ws = &socket->ws;
	struct socket_out *out = &socket->filling;
	size_t head = 0;
	uint8_t *to = out_room(out, ws->piece_length + WS_HEAD_MAX);

	if (!to)
		return false;
	if (!socket->in_echo)
		head = ws_put_head(to, ws->first & (WS_FIN | 15), ws->piece_length + ws->left, NULL);
	ws_mask(to + head, ws->piece, ws->piece_length, ws->mask, ws->mask_at);
	if (ws->text && !ws_check_text(ws, to + head, ws->piece_length, last))
		return give_up(socket);
	out->used += head + ws->piece_length;
	socket->in_echo = ws->in_frame;
	socket->messages += last;
	return true;
}

bool socket_take(struct socket *socket, const char *bytes, size_t length)
{
	const uint8_t *at = (const uint8_t *)bytes, *end = at + length;
	bool ok = true;

	while (ok && !socket->closing) {
		switch (ws_feed(&socket->ws, &at, end)) {
		case WS_MORE:
			return true;
		case WS_PIECE:
			ok = echo(socket, false);
			break;
		case WS_MESSAGE:
			ok = echo(socket, true);
			break;
		case WS_PING_CAME:
			ok = put_control(socket, WS_PONG, socket->ws.control, socket->ws.control_have);
			break;
		case WS_PONG_CAME:
			break;
		case WS_CLOSE_CAME:
			ok = close_came(socket);
			break;
		case WS_BROKEN:
			ok = give_up(socket);
			break;
		}
	}
	return ok;
}

/* ---- output ---- */

const uint8_t *socket_output(struct socket *socket, size_t *lengthp)
{
	struct socket_out free_now = socket->sending;

	free_now.used = 0;
	socket->sending = socket->filling;
	socket->filling = free_now;
	socket->sent = 0;
	*lengthp = socket->sending.used;
	return socket->sending.bytes;
}
