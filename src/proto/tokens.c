/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "proto/tokens.h"

#include <string.h>

/* ---- values ---- */

struct span_of {
	const char *at, *end;
};

static void skip_blanks(struct span_of *rest)
{
	while (rest->at < rest->end &&
	       (*rest->at == ' ' || *rest->at == '\t' || *rest->at == '\n' || *rest->at == '\r'))
		rest->at++;
}

/* The value behind the next `key` (with its quotes); *rest then begins there. False: there is none. */
static bool next_value(struct span_of *rest, const char *key, size_t key_length)
{
	while (rest->end - rest->at > (ptrdiff_t)key_length) {
		const char *found = memmem(rest->at, (size_t)(rest->end - rest->at), key, key_length);

		if (!found)
			break;
		rest->at = found + key_length;
		skip_blanks(rest);
		if (rest->at < rest->end && *rest->at == ':') {
			rest->at++;
			skip_blanks(rest);
			return rest->at < rest->end;
		}
	}
	return false;
}

#define NEXT_VALUE(rest, key) next_value(rest, "\"" key "\"", sizeof(key) + 1)

/* Is some value of the key a string that is not empty? */
static bool has_text(const char *json, size_t length, const char *key, size_t key_length)
{
	struct span_of rest = {json, json + length};

	while (next_value(&rest, key, key_length))
		if (rest.end - rest.at > 1 && rest.at[0] == '"' && rest.at[1] != '"')
			return true;
	return false;
}

#define HAS_TEXT(json, length, key) has_text(json, length, "\"" key "\"", sizeof(key) + 1)

static bool begins(const struct span_of *rest, const char *text)
{
	size_t length = strlen(text);

	return rest->end - rest->at >= (ptrdiff_t)length && !memcmp(rest->at, text, length);
}

/* ---- kinds ---- */

static bool scan_finish(const char *json, size_t length, enum token_finish *finishp)
{
	struct span_of rest = {json, json + length};

	while (NEXT_VALUE(&rest, "finish_reason")) {
		if (*rest.at != '"')
			continue;
		rest.at++;
		*finishp = FINISH_OTHER;
		if (begins(&rest, "stop\""))
			*finishp = FINISH_STOP;
		else if (begins(&rest, "length\""))
			*finishp = FINISH_LENGTH;
		else if (begins(&rest, "content_filter\""))
			*finishp = FINISH_FILTER;
		else if (begins(&rest, "tool_calls\"") || begins(&rest, "function_call\""))
			*finishp = FINISH_TOOL;
		return true;
	}
	return false;
}

/* The events of "responses" have a type, and others than these repeat what earlier ones said. */
static bool scan_typed(const char *json, size_t length, unsigned *kindsp, enum token_finish *finishp)
{
	struct span_of rest = {json, json + length};
	unsigned kinds = 0;

	if (!NEXT_VALUE(&rest, "type") || !begins(&rest, "\"response."))
		return false;
	rest.at += strlen("\"response.");
	if (begins(&rest, "output_text.delta\"") || begins(&rest, "function_call_arguments.delta\"") ||
	    begins(&rest, "refusal.delta\""))
		kinds = HAS_TEXT(json, length, "delta") ? TOKENS_CONTENT : 0;
	else if (begins(&rest, "reasoning_text.delta\"") || begins(&rest, "reasoning_summary_text.delta\""))
		kinds = HAS_TEXT(json, length, "delta") ? TOKENS_REASONING : 0;
	else if (begins(&rest, "failed\"") || begins(&rest, "error\""))
		kinds = TOKENS_ERROR;
	else if (begins(&rest, "completed\"") || begins(&rest, "incomplete\"")) {
		*finishp = begins(&rest, "completed\"") ? FINISH_STOP : FINISH_LENGTH;
		kinds = TOKENS_FINISH;
	}
	*kindsp |= kinds;
	return true;
}

static bool has_object(const char *json, size_t length, const char *key, size_t key_length)
{
	struct span_of rest = {json, json + length};

	while (next_value(&rest, key, key_length))
		if (*rest.at == '{')
			return true;
	return false;
}

#define HAS_OBJECT(json, length, key) has_object(json, length, "\"" key "\"", sizeof(key) + 1)

static bool is_object(const char *json, size_t length)
{
	struct span_of rest = {json, json + length};

	skip_blanks(&rest);
	while (rest.end > rest.at && (rest.end[-1] == ' ' || rest.end[-1] == '\r' || rest.end[-1] == '\n'))
		rest.end--;
	return rest.end - rest.at > 1 && *rest.at == '{' && rest.end[-1] == '}';
}

unsigned tokens_scan(const char *json, size_t length, enum token_finish *finishp)
{
	unsigned kinds = is_object(json, length) ? TOKENS_JSON : 0;
	struct span_of error = {json, json + length};

	if (HAS_OBJECT(json, length, "usage"))
		kinds |= TOKENS_USAGE;
	if (scan_typed(json, length, &kinds, finishp))
		return kinds;
	if (HAS_TEXT(json, length, "content") || HAS_TEXT(json, length, "text") ||
	    HAS_TEXT(json, length, "arguments") || HAS_TEXT(json, length, "refusal"))
		kinds |= TOKENS_CONTENT;
	if (HAS_TEXT(json, length, "reasoning_content") || HAS_TEXT(json, length, "reasoning"))
		kinds |= TOKENS_REASONING;
	if (scan_finish(json, length, finishp))
		kinds |= TOKENS_FINISH;
	if (NEXT_VALUE(&error, "error") && (*error.at == '{' || *error.at == '"'))
		kinds |= TOKENS_ERROR;
	return kinds;
}

/* ---- usage ---- */

/* A number of tokens; -1: not a number, or one that cannot be. */
static int64_t number_of(struct span_of rest, const char *key, size_t key_length)
{
	int64_t number = 0;
	const char *from;

	if (!next_value(&rest, key, key_length))
		return -1;
	for (from = rest.at; rest.at < rest.end && *rest.at >= '0' && *rest.at <= '9'; rest.at++) {
		number = 10 * number + (*rest.at - '0');
		if (number > INT32_MAX)
			return -1;
	}
	return rest.at > from ? number : -1;
}

#define NUMBER_OF(rest, key) number_of(rest, "\"" key "\"", sizeof(key) + 1)

static int64_t either(int64_t a, int64_t b)
{
	return a >= 0 ? a : b;
}

void tokens_usage(const char *json, size_t length, struct token_usage *usage)
{
	struct span_of rest = {json, json + length}, last = {json + length, json + length};

	while (NEXT_VALUE(&rest, "usage"))
		if (*rest.at == '{')
			last = rest;
	usage->input = either(NUMBER_OF(last, "prompt_tokens"), NUMBER_OF(last, "input_tokens"));
	usage->output = either(NUMBER_OF(last, "completion_tokens"), NUMBER_OF(last, "output_tokens"));
	usage->cached = NUMBER_OF(last, "cached_tokens");
	usage->reasoning = NUMBER_OF(last, "reasoning_tokens");
}

size_t tokens_message(const char *json, size_t length, const char **textp)
{
	struct span_of rest = {json, json + length};

	while (NEXT_VALUE(&rest, "message")) {
		const char *text = rest.at + 1, *at = text;

		if (*rest.at != '"')
			continue;
		while (at < rest.end && *at != '"')
			at += *at == '\\' ? 2 : 1;
		if (at > rest.end)
			at = rest.end;
		*textp = text;
		return (size_t)(at - text);
	}
	return 0;
}
