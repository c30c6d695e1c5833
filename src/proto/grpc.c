/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "proto/grpc.h"

#include <string.h>

#include "proto/h2_frame.h"

/* ---- messages ---- */

uint8_t *grpc_put_prefix(uint8_t *to, uint32_t length)
{
	*to = 0; /* not compressed */
	return h2_put32(to + 1, length);
}

/* Collects the prefix. Returns how many bytes it took. */
static size_t take_prefix(struct grpc_call *call, const uint8_t *bytes, size_t length)
{
	size_t more = GRPC_PREFIX - call->prefix_have;

	if (more > length)
		more = length;
	memcpy(call->prefix + call->prefix_have, bytes, more);
	call->prefix_have = (uint8_t)(call->prefix_have + more);
	return more;
}

static enum grpc_breach begin_message(struct grpc_call *call, uint32_t most)
{
	call->prefix_have = 0;
	call->left = h2_get32(call->prefix + 1);
	if (call->prefix[0])
		return call->prefix[0] == 1 ? GRPC_COMPRESSED : GRPC_BAD_FLAG;
	if (call->left > most)
		return GRPC_TOO_LONG;
	call->messages += !call->left;
	return GRPC_FINE;
}

enum grpc_breach grpc_take(struct grpc_call *call, const uint8_t *bytes, size_t length, uint32_t most)
{
	while (length) {
		size_t taken;

		if (call->left) {
			taken = length < call->left ? length : call->left;
			call->left -= (uint32_t)taken;
			call->messages += !call->left;
		} else {
			enum grpc_breach breach;

			taken = take_prefix(call, bytes, length);
			if (call->prefix_have == GRPC_PREFIX &&
			    (breach = begin_message(call, most)) != GRPC_FINE)
				return breach;
		}
		bytes += taken;
		length -= taken;
	}
	return GRPC_FINE;
}

/* ---- the status ---- */

enum grpc_status grpc_status_read(const char *value, size_t length)
{
	unsigned code = 0;

	for (size_t i = 0; i < length; i++) {
		if (value[i] < '0' || value[i] > '9' || code >= GRPC_STATUSES)
			return GRPC_UNKNOWN;
		code = 10 * code + (unsigned)(value[i] - '0');
	}
	return length && code < GRPC_STATUSES ? (enum grpc_status)code : GRPC_UNKNOWN;
}

enum grpc_status grpc_status_of_http(unsigned http_status)
{
	switch (http_status) {
	case 400:
		return GRPC_INTERNAL;
	case 401:
		return GRPC_UNAUTHENTICATED;
	case 403:
		return GRPC_PERMISSION_DENIED;
	case 404:
		return GRPC_UNIMPLEMENTED;
	case 429:
	case 502:
	case 503:
	case 504:
		return GRPC_UNAVAILABLE;
	default:
		return GRPC_UNKNOWN;
	}
}

enum grpc_status grpc_status_at_end(const struct grpc_call *call, unsigned http_status)
{
	/* OK is only valid with HTTP 200. Any other given status is more precise than the HTTP status. */
	if (call->status == GRPC_NO_STATUS || (call->status == GRPC_OK && http_status != 200))
		return grpc_status_of_http(http_status);
	return (enum grpc_status)call->status;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void grpc_text_decode(char *to, size_t size, const char *from, size_t length)
{
	const char *end = from + length;
	size_t used = 0;

	while (from < end && used + 1 < size) {
		int high = end - from > 2 && *from == '%' ? hex_digit(from[1]) : -1;
		int low = high >= 0 ? hex_digit(from[2]) : -1;

		to[used++] = low >= 0 ? (char)(16 * high + low) : *from;
		from += low >= 0 ? 3 : 1;
	}
	to[used] = '\0';
}

static bool is(const char *name, size_t length, const char *wanted)
{
	return length == strlen(wanted) && !memcmp(name, wanted, length);
}

/* "application/grpc", followed by nothing, "+proto" or the like, or a parameter. */
static bool is_grpc_type(const char *value, size_t length)
{
	static const char type[] = "application/grpc";

	return length >= strlen(type) && !memcmp(value, type, strlen(type)) &&
	       (length == strlen(type) || value[strlen(type)] == '+' || value[strlen(type)] == ';');
}

void grpc_field(struct grpc_said *said, char text[GRPC_TEXT], const char *name, size_t name_length,
		const char *value, size_t value_length)
{
	if (is(name, name_length, "grpc-status")) {
		said->status = (uint8_t)grpc_status_read(value, value_length);
	} else if (is(name, name_length, "grpc-message")) {
		said->has_text = value_length;
		grpc_text_decode(text, GRPC_TEXT, value, value_length);
	} else if (is(name, name_length, "content-type")) {
		said->typed = is_grpc_type(value, value_length);
	}
}
