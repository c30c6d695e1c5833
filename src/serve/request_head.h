/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the head of an HTTP/1.x request means (RFC 9112). A pure function of a complete head.
 *
 * Strict where leniency would hide a client's mistake: bare LF, folded lines, blanks before a colon, a
 * missing or second Host, Transfer-Encoding with Content-Length and two different lengths are all 400.
 */
#ifndef VASTAR_SERVE_REQUEST_HEAD_H
#define VASTAR_SERVE_REQUEST_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REQUEST_METHOD_MAX = 32 };

/* The pointers point into the bytes of the head. */
struct request {
	const char *method, *target;
	uint32_t method_length, target_length;
	uint32_t head_bytes; /* of the whole head */
	bool is_head;	     /* the method is HEAD */
	bool is_connect;     /* the method is CONNECT */
	bool http10;
	bool close;	 /* close the connection after the response */
	bool keep_alive; /* HTTP/1.0 with keep-alive: the response must say so too */
	bool expect;	 /* 100-continue, and a body follows */
	bool gzip;	 /* the client accepts gzip */
	bool chunked;	 /* the body is chunked */
	bool has_body;	 /* a body follows the head; otherwise the request is complete */
	uint64_t length; /* Content-Length; 0 with chunked */
	/* It asks for WebSocket (RFC 6455 section 4.1), with the key that stands so many bytes behind
	 * `method`; 0: it does not. */
	uint32_t key_at;
};

/* `head` ends with CRLF CRLF. Returns the status of the response to a bad head, else 0. */
unsigned request_head_parse(const char *head, size_t length, struct request *request);

/* Whether the value of Accept-Encoding allows gzip. */
bool request_takes_gzip(const char *value, size_t length);

/* RFC 9110 section 5.6.2: letters, digits and !#$%&'*+-.^_`|~, a bit for each. */
static inline bool is_token_char(unsigned char c)
{
	static const uint64_t bits[4] = {0x03ff6cfa00000000u, 0x57ffffffc7fffffeu};

	return bits[c >> 6] >> (c & 63) & 1;
}

static inline bool is_value_char(unsigned char c)
{
	return c == '\t' || (c >= ' ' && c != 0x7f);
}

#endif
