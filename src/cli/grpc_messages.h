/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The body of a gRPC request: messages one after the other, each with its prefix; and the JSON they come
 * from. */
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

/* Adds a message behind the others, with its prefix. */
int grpc_messages_add(struct grpc_messages *messages, const char *bytes, size_t length,
		      struct vastar_error *err);

struct json_text {
	const char *at;
	size_t length;
};

/* Takes the next value off the front of *text: values are separated by blanks. False: there is none.
 * What is no JSON is taken as it stands, for the parser to complain about. */
bool json_next(struct json_text *text, struct json_text *value);

/* The same for the elements of an array, whose brackets are taken off first: commas separate them. */
bool json_open_array(struct json_text *text);
bool json_next_element(struct json_text *text, struct json_text *value);

#endif
