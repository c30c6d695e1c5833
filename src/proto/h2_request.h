/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A request as HTTP/2 frames, made once before the run. The first request of a connection enters its fields
 * into the server's dynamic table (RFC 7541 section 6.2.1), so every later request is a few bytes of indexes.
 */
#ifndef VASTAR_PROTO_H2_REQUEST_H
#define VASTAR_PROTO_H2_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* HEADERS, and CONTINUATION if it takes more than one frame, without the stream. */
struct h2_frames {
	uint8_t *bytes;
	size_t length;
};

struct h2_request {
	struct h2_frames first; /* the first request of a connection fills the table */
	struct h2_frames rest;	/* the later ones refer to it */
	/* Without a table, for a server that allows none or a smaller one. The request after such SETTINGS
	 * announces that the table is no longer used (RFC 7541 section 4.2). */
	struct h2_frames farewell, plain;
	const uint8_t *body; /* not owned */
	size_t body_length;
	uint32_t list_size; /* of the fields, as SETTINGS_MAX_HEADER_LIST_SIZE counts */
	bool head_method;   /* HEAD: the response has no body */
	uint8_t *memory;    /* owned: all frames */
};

/*
 * Translates the bytes of an HTTP/1.1 request with a well-formed head of `head_length` bytes. The body
 * follows it and must outlive *request. Host becomes :authority, names become lower case, and
 * connection-specific fields are left out (RFC 9113 sections 8.2 and 8.3). False: out of memory.
 */
bool h2_request_build(struct h2_request *request, const char *bytes, size_t head_length, size_t length,
		      bool https);
void h2_request_deinit(struct h2_request *request);

/* True for a field that HTTP/2 forbids, such as Connection (RFC 9113 section 8.2.2). */
bool h2_field_forbidden(const char *name, size_t length);

/* Copies the frames to `to` for this stream. Returns where they end. */
uint8_t *h2_frames_put(uint8_t *to, const struct h2_frames *frames, uint32_t stream);

#endif
