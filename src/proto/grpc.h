/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * gRPC over HTTP/2 (the protocol document of gRPC, "PROTOCOL-HTTP2"): messages in the DATA of a stream, and
 * the status of a call in its trailers, which is separate from the HTTP status.
 */
#ifndef VASTAR_PROTO_GRPC_H
#define VASTAR_PROTO_GRPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The codes that gRPC defines; all others become GRPC_UNKNOWN. */
enum grpc_status {
	GRPC_OK,
	GRPC_CANCELLED,
	GRPC_UNKNOWN,
	GRPC_INVALID_ARGUMENT,
	GRPC_DEADLINE_EXCEEDED,
	GRPC_NOT_FOUND,
	GRPC_ALREADY_EXISTS,
	GRPC_PERMISSION_DENIED,
	GRPC_RESOURCE_EXHAUSTED,
	GRPC_FAILED_PRECONDITION,
	GRPC_ABORTED,
	GRPC_OUT_OF_RANGE,
	GRPC_UNIMPLEMENTED,
	GRPC_INTERNAL,
	GRPC_UNAVAILABLE,
	GRPC_DATA_LOSS,
	GRPC_UNAUTHENTICATED,
	GRPC_STATUSES,
	GRPC_NO_STATUS = 255 /* none received */
};

enum {
	GRPC_PREFIX = 5, /* a flag and the length, in front of each message */
	GRPC_TEXT = 128, /* the part of a grpc-message that is kept */
};

enum grpc_breach {
	GRPC_FINE,
	GRPC_BAD_FLAG,
	GRPC_COMPRESSED, /* not offered by vastar */
	GRPC_TOO_LONG,
};

/* The response of one call. Zero it, and set `status` to GRPC_NO_STATUS. */
struct grpc_call {
	uint64_t heard_ns; /* for the caller: when the last message arrived */
	uint32_t messages; /* complete ones */
	uint32_t told;	   /* for the caller: of those */
	uint32_t left;	   /* bytes of the current message */
	uint32_t ready;	   /* bytes of the request that may be sent by now */
	uint32_t released; /* for the caller: how many messages those are */
	uint8_t prefix[GRPC_PREFIX];
	uint8_t prefix_have;
	uint8_t status; /* enum grpc_status */
	bool typed;	/* content-type is that of gRPC */
};

/* ---- messages ---- */

/* Writes the prefix of a message. Returns where the message begins. */
uint8_t *grpc_put_prefix(uint8_t *to, uint32_t length);

/* Takes bytes of DATA. A message may arrive in several pieces, and a piece may have several messages.
 * `most` is the longest allowed message. */
enum grpc_breach grpc_take(struct grpc_call *call, const uint8_t *bytes, size_t length, uint32_t most);

/* True if a message is incomplete. */
static inline bool grpc_cut(const struct grpc_call *call)
{
	return call->left || call->prefix_have;
}

/* ---- the status ---- */

/* The status in the fields of a header block. */
struct grpc_said {
	uint8_t status; /* enum grpc_status, or GRPC_NO_STATUS */
	bool typed;	/* content-type is application/grpc, with or without a suffix */
	bool has_text;	/* grpc-message is not empty */
};

/* Takes any field. The decoded text of grpc-message goes to `text`. */
void grpc_field(struct grpc_said *said, char text[GRPC_TEXT], const char *name, size_t name_length,
		const char *value, size_t value_length);

/* The value of grpc-status. */
enum grpc_status grpc_status_read(const char *value, size_t length);

/* The status of a response without grpc-status ("HTTP to gRPC status code mapping"). */
enum grpc_status grpc_status_of_http(unsigned http_status);

/* The status of a call that has ended, by its last header block. */
enum grpc_status grpc_status_at_end(const struct grpc_call *call, unsigned http_status);

/* Decodes a grpc-message: "%41" is "A". Invalid triples stay unchanged. Terminates `to` with NUL. */
void grpc_text_decode(char *to, size_t size, const char *from, size_t length);

#endif
