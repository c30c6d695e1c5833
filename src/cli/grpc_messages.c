/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/grpc_messages.h"

#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "proto/grpc.h"
#include "proto/h2_frame.h"

int grpc_messages_add(struct grpc_messages *messages, const char *bytes, size_t length,
		      struct vastar_error *err)
{
	size_t needed = messages->length + GRPC_PREFIX + length;
	uint8_t *to;

	if (needed > PLAN_BODY_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "messages: they are longer than 1 GiB together (send fewer)");
	if (needed > messages->size) {
		size_t size = 2 * needed;
		char *grown = realloc(messages->bytes, size);

		if (!grown)
			return err_nomem(err, "messages");
		messages->bytes = grown;
		messages->size = size;
	}
	to = grpc_put_prefix((uint8_t *)messages->bytes + messages->length, (uint32_t)length);
	if (length)
		memcpy(to, bytes, length);
	messages->length = needed;
	messages->count++;
	return 0;
}

int grpc_messages_cycle(struct grpc_messages *messages, uint32_t count, struct vastar_error *err)
{
	struct grpc_messages cycled = {0};
	size_t at = 0;
	int rc = 0;

	if (!messages->count)
		return err_set(err, VASTAR_E_USAGE,
			       "--stream-messages: there is no message to send (give one)");
	while (!rc && cycled.count < count) {
		const uint8_t *prefix = (const uint8_t *)messages->bytes + at;
		size_t length = h2_get32(prefix + 1);

		rc = grpc_messages_add(&cycled, (const char *)prefix + GRPC_PREFIX, length, err);
		at += GRPC_PREFIX + length;
		at = at < messages->length ? at : 0;
	}
	free(messages->bytes);
	*messages = cycled;
	return rc;
}

/* ---- JSON ---- */

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct json_text *text)
{
	while (text->length && blank(*text->at)) {
		text->at++;
		text->length--;
	}
}

/* The length of the first value, up to its separator. */
static size_t value_length(const struct json_text *text, bool element)
{
	unsigned depth = 0;
	bool quoted = false;
	size_t i;

	for (i = 0; i < text->length; i++) {
		char c = text->at[i];

		if (quoted) {
			i += c == '\\';
			quoted = c != '"';
		} else if (!depth && i && (element ? c == ',' : blank(c))) {
			return i;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if ((c == '}' || c == ']') && depth && !--depth && !element) {
			return i + 1;
		}
	}
	return i < text->length ? i : text->length;
}

static bool take(struct json_text *text, struct json_text *value, bool element)
{
	skip_blanks(text);
	if (!text->length)
		return false;
	*value = (struct json_text){text->at, value_length(text, element)};
	text->at += value->length;
	text->length -= value->length;
	return true;
}

bool json_next(struct json_text *text, struct json_text *value)
{
	return take(text, value, false);
}

bool json_open_array(struct json_text *text)
{
	if (text->length < 2 || text->at[0] != '[' || text->at[text->length - 1] != ']')
		return false;
	text->at++;
	text->length -= 2;
	return true;
}

bool json_next_element(struct json_text *text, struct json_text *value)
{
	if (!take(text, value, true))
		return false;
	if (text->length) { /* the comma */
		text->at++;
		text->length--;
	}
	return true;
}
