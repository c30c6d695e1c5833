/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The frames of HTTP/2: names and numbers of RFC 9113, sections 4, 6 and 7. */
#ifndef VASTAR_PROTO_H2_FRAME_H
#define VASTAR_PROTO_H2_FRAME_H

#include <stdint.h>

enum h2_frame_type {
	H2_DATA,
	H2_HEADERS,
	H2_PRIORITY,
	H2_RST_STREAM,
	H2_SETTINGS,
	H2_PUSH_PROMISE,
	H2_PING,
	H2_GOAWAY,
	H2_WINDOW_UPDATE,
	H2_CONTINUATION,
};

enum h2_flag {
	H2_END_STREAM = 0x1,
	H2_ACK = 0x1,
	H2_END_HEADERS = 0x4,
	H2_PADDED = 0x8,
	H2_WITH_PRIORITY = 0x20,
};

enum h2_setting {
	H2_HEADER_TABLE_SIZE = 1,
	H2_ENABLE_PUSH,
	H2_MAX_CONCURRENT_STREAMS,
	H2_INITIAL_WINDOW_SIZE,
	H2_MAX_FRAME_SIZE,
};

/* The codes of RST_STREAM and GOAWAY; more may come (RFC 9113 section 7). */
enum h2_code {
	H2_NO_ERROR,
	H2_PROTOCOL_ERROR,
	H2_INTERNAL_ERROR,
	H2_FLOW_CONTROL_ERROR,
	H2_SETTINGS_TIMEOUT,
	H2_STREAM_CLOSED,
	H2_FRAME_SIZE_ERROR,
	H2_REFUSED_STREAM,
	H2_CANCEL,
	H2_COMPRESSION_ERROR,
	H2_CONNECT_ERROR,
	H2_ENHANCE_YOUR_CALM,
	H2_INADEQUATE_SECURITY,
	H2_HTTP_1_1_REQUIRED,
	H2_CODES
};

enum {
	H2_FRAME_HEAD = 9,
	H2_FRAME_MAX = 16384, /* payload bytes that every peer must accept; vastar allows no more */
	H2_WINDOW_START = 65535,
	H2_WINDOW_MAX = 0x7fffffff,
	H2_ID_MAX = 0x7fffffff,
	H2_TABLE_START = 4096, /* bytes of the header tables before any SETTINGS */
};

#define H2_PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

static inline uint32_t h2_get24(const uint8_t *at)
{
	return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}

static inline uint32_t h2_get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | h2_get24(at + 1);
}

static inline uint8_t *h2_put32(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
	return at + 4;
}

/* Writes the head of a frame. Returns where its payload begins. */
static inline uint8_t *h2_put_head(uint8_t *at, uint32_t length, enum h2_frame_type type, unsigned flags,
				   uint32_t stream)
{
	h2_put32(at, length << 8 | type);
	at[4] = (uint8_t)flags;
	return h2_put32(at + 5, stream);
}

#endif
