/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* WebSocket's frames (RFC 6455 section 5), as a client or a server reads and writes them. Pure: no socket, no
 * clock, nothing is allocated.  ws_feed() takes received bytes and reports one event at a time. It passes a
 * message on in pieces and stores none of them, so a message may have any length. The payload of a control
 * frame, at most 125 bytes, is in `control`. */
#ifndef VASTAR_PROTO_WS_H
#define VASTAR_PROTO_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/utf8.h"

enum ws_opcode {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PING = 9,
	WS_PONG = 10,
};

/* Bits of a frame's first byte. */
enum { WS_FIN = 0x80, WS_RSV1 = 0x40, WS_RSV2 = 0x20, WS_RSV3 = 0x10 };

enum {
	WS_HEAD_MAX = 14, /* bytes */
	WS_CONTROL_MAX = 125,
};

/* Codes of a close frame (RFC 6455 section 7.4.1). */
enum ws_code {
	WS_NORMAL = 1000,
	WS_GOING_AWAY = 1001,
	WS_PROTOCOL_ERROR = 1002,
	WS_NO_CODE = 1005, /* means a close frame without a code; never sent */
	WS_INVALID_DATA = 1007,
};

enum ws_event {
	WS_MORE,       /* all bytes were used */
	WS_PIECE,      /* a piece of a message */
	WS_MESSAGE,    /* the last piece, perhaps empty: the message is complete */
	WS_PING_CAME,  /* with `control` */
	WS_PONG_CAME,  /* the same */
	WS_CLOSE_CAME, /* with `code`, and the reason in `control`; nothing after it counts */
	WS_BROKEN,     /* `error` says why; the connection is to be closed */
};

enum ws_error {
	WS_OK,
	WS_ERROR_RESERVED_BIT,
	WS_ERROR_OPCODE,
	WS_ERROR_MASKED,
	WS_ERROR_UNMASKED,
	WS_ERROR_CONTROL_LENGTH,
	WS_ERROR_CONTROL_FRAGMENT,
	WS_ERROR_CONTROL_COMPRESSED,
	WS_ERROR_LENGTH_FORM,
	WS_ERROR_LENGTH,
	WS_ERROR_NO_BEGINNING,
	WS_ERROR_NO_END,
	WS_ERROR_TEXT,
	WS_ERROR_CLOSE_LENGTH,
	WS_ERROR_CLOSE_CODE,
	WS_ERROR_CLOSE_REASON,
	WS_ERROR_DEFLATE,
	WS_ERRORS
};

struct ws {
	uint64_t left;		/* payload of the frame that is to come */
	uint64_t message_bytes; /* of the message so far */
	const uint8_t *piece;	/* masked if frames come masked: ws_mask() with `mask` and `mask_at` */
	size_t piece_length;
	struct utf8 utf8;
	uint8_t mask[4];
	uint8_t mask_at;      /* which byte of the mask is the first of the piece */
	uint8_t head_have;    /* bytes of `head` */
	uint8_t first;	      /* first byte of the frame: bits and opcode */
	uint8_t kind;	      /* of the message that is under way: WS_TEXT or WS_BINARY; 0: none */
	bool in_frame;	      /* its head is complete, its payload is not */
	bool from_client;     /* frames come masked */
	bool deflate;	      /* permessage-deflate was agreed on: RSV1 may be set (RFC 7692) */
	bool compressed;      /* the message of the piece is */
	bool text;	      /* the same */
	bool closed;	      /* a close frame has come */
	uint8_t error;	      /* enum ws_error */
	uint16_t code;	      /* of the close frame */
	uint8_t control_have; /* bytes of `control` */
	uint8_t head[WS_HEAD_MAX];
	uint8_t control[WS_CONTROL_MAX];
	uint32_t message_frames; /* of the message so far */
};

/* `from_client`: it reads what a client sends. */
void ws_begin(struct ws *ws, bool from_client);

/* Continues at *atp, up to the next event; moves *atp behind the bytes that it used. */
enum ws_event ws_feed(struct ws *ws, const uint8_t **atp, const uint8_t *end);

/* Checks text that ws_feed() cannot check because it is masked or compressed: call it with the decoded piece
 * of a text message. `last`: the message ends with it. False: not UTF-8, and ws->error is set. */
bool ws_check_text(struct ws *ws, const uint8_t *bytes, size_t length, bool last);

/* True if a message is incomplete. */
static inline bool ws_in_message(const struct ws *ws)
{
	return ws->kind;
}

/* The description of an error, without a full stop: "a frame with ..." */
const char *ws_error_text(enum ws_error error);

/* The code with which to close after an error. */
uint16_t ws_error_code(enum ws_error error);

/* "going away"; "" for a code without a name. */
const char *ws_code_text(uint16_t code);

/* Writes the head of a frame, at most WS_HEAD_MAX bytes; `first`: its bits and opcode; `mask` may be NULL.
 * Returns its length. */
size_t ws_put_head(uint8_t *to, unsigned first, uint64_t length, const uint8_t mask[4]);

/* Bytes that ws_put_head() writes. */
size_t ws_head_length(uint64_t length, bool masked);

/* Masks or unmasks; `at`: which byte of the payload the first one is, modulo 4. `to` may be `from`. */
void ws_mask(uint8_t *to, const uint8_t *from, size_t length, const uint8_t mask[4], unsigned at);

/* Writes a whole control frame and returns its length; `payload` has at most WS_CONTROL_MAX bytes. */
size_t ws_put_control(uint8_t *to, enum ws_opcode opcode, const uint8_t *payload, size_t length,
		      const uint8_t mask[4]);

/* A close frame with a code and no reason. */
size_t ws_put_close(uint8_t *to, uint16_t code, const uint8_t mask[4]);

#endif
