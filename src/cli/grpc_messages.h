/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The body of a gRPC request: consecutive messages, each with its prefix; and the JSON from which they are
 * made. */
#ifndef VASTAR_CLI_GRPC_MESSAGES_H
#define VASTAR_CLI_GRPC_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct grpc_messages {
	char *bytes; /* owned */
	size_t length, size;
	uint32_t count;
};

/* Appends a message with its prefix. */
int grpc_messages_add(struct grpc_messages *messages, const char *bytes, size_t length,
		      struct vastar_error *err);

/* Repeats the messages in turn until there are `count` of them, or leaves out the last ones. */
int grpc_messages_cycle(struct grpc_messages *messages, uint32_t count, struct vastar_error *err);

struct json_text {
	const char *at;
	size_t length;
};

/* Takes the next value from the front of *text; blanks separate values. False: none remain. Invalid JSON is
 * returned unchanged, so that the parser reports it. */
bool json_next(struct json_text *text, struct json_text *value);

/* The same for the elements of an array without its brackets: commas separate them. */
bool json_open_array(struct json_text *text);
bool json_next_element(struct json_text *text, struct json_text *value);

#endif
