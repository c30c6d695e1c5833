/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* WebSocket's handshake (RFC 6455 section 4): an HTTP/1.1 request to upgrade, and its response. */
#ifndef VASTAR_PROTO_WS_HANDSHAKE_H
#define VASTAR_PROTO_WS_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WS_KEY_LENGTH = 24,
	WS_ACCEPT_LENGTH = 28,
	WS_RESPONSE_MAX = 16 * 1024, /* bytes of a response */
};

/* What the response of a server says. */
enum ws_agreement {
	WS_AGREED,
	WS_NOT_HTTP,
	WS_NOT_101,
	WS_NO_UPGRADE,
	WS_NO_CONNECTION,
	WS_NO_ACCEPT,
	WS_WRONG_ACCEPT,
	WS_EXTENSION,	/* one that was not requested */
	WS_SUBPROTOCOL, /* the same */
	WS_NO_DEFLATE,	/* it was requested, and the server did not accept it */
	WS_DEFLATE,	/* it was accepted with parameters that were not offered */
	WS_AGREEMENTS
};

/* What the client has requested. */
struct ws_offer {
	const char *accept; /* the Sec-WebSocket-Accept that fits its key */
	/* Its Sec-WebSocket-Protocol, `subprotocols_length` characters; NULL: none. */
	const char *subprotocols;
	size_t subprotocols_length;
	bool deflate; /* permessage-deflate, without a context in either direction */
};

struct ws_response {
	enum ws_agreement agreement;
	unsigned status; /* 0: WS_NOT_HTTP */
};

/* A key of these 16 bytes, without a '\0'. */
void ws_key(const uint8_t random[16], char key[WS_KEY_LENGTH]);

/* What a server responds to a key, without a '\0'. */
void ws_accept(const char key[WS_KEY_LENGTH], char accept[WS_ACCEPT_LENGTH]);

/* The length of the head, with its empty line; 0: these bytes do not contain its end. `from`: where to start
 * looking. */
size_t ws_head_end(const char *bytes, size_t length, size_t from);

/* True if a response can begin with these bytes. */
bool ws_head_begins(const char *bytes, size_t length);

/* Reads the head of a response. */
struct ws_response ws_response_read(const char *head, size_t length, const struct ws_offer *offer);

/* A sentence about a response that does not agree. */
void ws_response_describe(const struct ws_response *response, char *text, size_t size);

#endif
