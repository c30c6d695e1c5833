/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What an event of a language model's stream says, in the forms of OpenAI's chat/completions, completions and
 * responses: a pure scan of its JSON for a few keys. It parses nothing whole, allocates nothing, and takes
 * about as long as it takes to read the bytes. In JSON a quote inside a string is escaped, so the bytes
 * "content": can only be a key.
 */
#ifndef VASTAR_PROTO_TOKENS_H
#define VASTAR_PROTO_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_event {
	TOKENS_CONTENT = 1 << 0,   /* a piece of the answer that is not empty: text, or arguments of a tool */
	TOKENS_REASONING = 1 << 1, /* a piece of reasoning that is not empty */
	TOKENS_FINISH = 1 << 2,	   /* it says why the answer ends */
	TOKENS_USAGE = 1 << 3,	   /* it counts tokens */
	TOKENS_ERROR = 1 << 4,	   /* it is an error */
	TOKENS_JSON = 1 << 5,	   /* it begins and ends like a JSON object */
};

enum token_finish {
	FINISH_STOP,
	FINISH_LENGTH,
	FINISH_FILTER,
	FINISH_TOOL, /* tool_calls, function_call */
	FINISH_OTHER,
	FINISHES
};

/* The kinds of the event, ORed. *finishp is set with TOKENS_FINISH. */
unsigned tokens_scan(const char *json, size_t length, enum token_finish *finishp);

/* Tokens that an event with TOKENS_USAGE counts; -1: it does not say. */
struct token_usage {
	int64_t input, output, cached, reasoning;
};

/* Finds them in the last object "usage": prompt_tokens or input_tokens, completion_tokens or output_tokens,
 * cached_tokens, reasoning_tokens. */
void tokens_usage(const char *json, size_t length, struct token_usage *usage);

/* The text of the first "message" that is a string, as it stands between its quotes; its length. 0: none. */
size_t tokens_message(const char *json, size_t length, const char **textp);

#endif
