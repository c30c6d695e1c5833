/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "proto/h2_request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/h2_frame.h"

enum {
	STATIC_ENTRIES = 61,
	ENTRY_OVERHEAD = 32,  /* RFC 7541 section 4.1 */
	INTEGER_MAX_BYTES = 6 /* for the lengths and indexes here */
};

struct field {
	const char *name, *value;
	size_t name_length, value_length;
	unsigned indexed;  /* the static table has name and value; 0: no */
	unsigned named;	   /* the static table has the name; 0: no */
	unsigned position; /* among the fields that enter the dynamic table, from 1; 0: does not enter it */
};

/* The entries of RFC 7541 appendix A that requests usually have. */
static const struct {
	unsigned index;
	const char *name, *value;
} static_table[] = {
    {1, ":authority", NULL},
    {2, ":method", "GET"},
    {3, ":method", "POST"},
    {4, ":path", "/"},
    {6, ":scheme", "http"},
    {7, ":scheme", "https"},
    {16, "accept-encoding", "gzip, deflate"},
    {17, "accept-language", NULL},
    {19, "accept", NULL},
    {23, "authorization", NULL},
    {24, "cache-control", NULL},
    {28, "content-length", NULL},
    {31, "content-type", NULL},
    {32, "cookie", NULL},
    {58, "user-agent", NULL},
};

bool h2_field_forbidden(const char *name, size_t length)
{
	static const char *const names[] = {"connection", "keep-alive", "proxy-connection",
					    "transfer-encoding", "upgrade"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (length == strlen(names[i]) && !strncasecmp(name, names[i], length))
			return true;
	return false;
}

static void look_up(struct field *field)
{
	for (size_t i = 0; i < sizeof(static_table) / sizeof(*static_table); i++) {
		const char *value = static_table[i].value;

		if (field->name_length != strlen(static_table[i].name) ||
		    strncasecmp(field->name, static_table[i].name, field->name_length) != 0)
			continue;
		field->named = static_table[i].index;
		if (value && field->value_length == strlen(value) &&
		    !memcmp(field->value, value, field->value_length)) {
			field->indexed = static_table[i].index;
			return;
		}
	}
}

/* ---- reading the head ---- */

static struct field *add(struct field *to, const char *name, size_t name_length, const char *value,
			 size_t value_length)
{
	*to = (struct field){name, value, name_length, value_length, 0, 0, 0};
	look_up(to);
	return to + 1;
}

/* `fields` has room for twice the number of lines plus one. */
static size_t read_head(struct field *fields, const char *at, const char *end, bool https)
{
	const char *space = memchr(at, ' ', (size_t)(end - at));
	const char *line = memchr(at, '\n', (size_t)(end - at));
	const char *path = space + 1;
	size_t path_length = (size_t)(line - path) - strlen(" HTTP/1.1\r");
	struct field *to = fields, *authority;

	to = add(to, ":method", 7, at, (size_t)(space - at));
	to = add(to, ":scheme", 7, https ? "https" : "http", https ? 5 : 4);
	authority = to++;
	to = add(to, ":path", 5, path, path_length);
	for (at = line + 1; at + 2 < end; at = line + 1) {
		const char *colon = memchr(at, ':', (size_t)(end - at));
		const char *value = colon + 2;
		size_t name_length = (size_t)(colon - at);

		line = memchr(at, '\n', (size_t)(end - at));
		if (name_length == 4 && !strncasecmp(at, "Host", 4))
			add(authority, ":authority", 10, value, (size_t)(line - 1 - value));
		else if (!h2_field_forbidden(at, name_length))
			to = add(to, at, name_length, value, (size_t)(line - 1 - value));
	}
	return (size_t)(to - fields);
}

/* ---- HPACK ---- */

/* RFC 7541 section 5.1. */
static uint8_t *put_integer(uint8_t *at, unsigned pattern, unsigned prefix_bits, size_t value)
{
	unsigned most = (1u << prefix_bits) - 1;

	if (value < most) {
		*at++ = (uint8_t)(pattern | value);
		return at;
	}
	*at++ = (uint8_t)(pattern | most);
	for (value -= most; value >= 128; value >>= 7)
		*at++ = (uint8_t)(value | 128);
	*at++ = (uint8_t)value;
	return at;
}

/* Without Huffman coding: only the first request of a connection has literals. */
static uint8_t *put_string(uint8_t *at, const char *text, size_t length, bool lower)
{
	at = put_integer(at, 0, 7, length);
	for (size_t i = 0; i < length; i++) {
		char c = text[i];

		*at++ = (uint8_t)(lower && c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	return at;
}

static uint8_t *put_literal(uint8_t *at, const struct field *field, bool enters)
{
	at = put_integer(at, enters ? 0x40 : 0, enters ? 6 : 4, field->named);
	if (!field->named)
		at = put_string(at, field->name, field->name_length, true);
	return put_string(at, field->value, field->value_length, false);
}

enum block { BLOCK_FIRST, BLOCK_REST, BLOCK_FAREWELL, BLOCK_PLAIN, BLOCKS };

static uint8_t *put_block(uint8_t *at, const struct field *fields, size_t count, unsigned entered,
			  enum block block)
{
	if (block == BLOCK_FAREWELL)
		*at++ = 0x20; /* the size of the table is 0 from now on: RFC 7541 section 6.3 */
	for (size_t i = 0; i < count; i++) {
		const struct field *field = &fields[i];

		if (field->indexed)
			at = put_integer(at, 0x80, 7, field->indexed);
		else if (field->position && block == BLOCK_REST) /* the newest entry has the lowest index */
			at = put_integer(at, 0x80, 7, STATIC_ENTRIES + 1 + (entered - field->position));
		else
			at = put_literal(at, field, field->position && block == BLOCK_FIRST);
	}
	return at;
}

/* Splits a block into frames. Returns where they end. */
static uint8_t *put_frames(uint8_t *to, const uint8_t *block, size_t length, bool ends)
{
	enum h2_frame_type type = H2_HEADERS;

	do {
		size_t piece = length < H2_FRAME_MAX ? length : H2_FRAME_MAX;
		unsigned flags = piece == length ? H2_END_HEADERS : 0;

		if (type == H2_HEADERS && ends)
			flags |= H2_END_STREAM;
		to = h2_put_head(to, (uint32_t)piece, type, flags, 0);
		memcpy(to, block, piece);
		to += piece;
		block += piece;
		length -= piece;
		type = H2_CONTINUATION;
	} while (length);
	return to;
}

/* Decides which fields enter the dynamic table: as many as fit together. Returns their number. */
static unsigned choose_entries(struct field *fields, size_t count, uint32_t *list_sizep)
{
	size_t used = 0;
	unsigned entered = 0;

	*list_sizep = 0;
	for (size_t i = 0; i < count; i++) {
		size_t size = fields[i].name_length + fields[i].value_length + ENTRY_OVERHEAD;

		*list_sizep += (uint32_t)size;
		if (fields[i].indexed || used + size > H2_TABLE_START)
			continue;
		used += size;
		fields[i].position = ++entered;
	}
	return entered;
}

bool h2_request_build(struct h2_request *request, const char *bytes, size_t head_length, size_t length,
		      bool https)
{
	struct h2_frames *frames[BLOCKS] = {&request->first, &request->rest, &request->farewell,
					    &request->plain};
	size_t lines = 0, most, count;
	struct field *fields;
	uint8_t *block, *at;
	unsigned entered;
	bool made;

	*request = (struct h2_request){
	    .body = (const uint8_t *)bytes + head_length,
	    .body_length = length - head_length,
	    .head_method = !strncmp(bytes, "HEAD ", 5),
	};
	for (size_t i = 0; i < head_length; i++)
		lines += bytes[i] == '\n';
	most = 1 + head_length + 16 + (lines + 4) * 2 * INTEGER_MAX_BYTES;
	fields = calloc(lines + 4, sizeof(*fields));
	block = malloc(most);
	at = request->memory = malloc(BLOCKS * (most + (most / H2_FRAME_MAX + 1) * H2_FRAME_HEAD));
	made = fields && block && at;
	if (made) {
		count = read_head(fields, bytes, bytes + head_length, https);
		entered = choose_entries(fields, count, &request->list_size);
		for (enum block i = BLOCK_FIRST; i < BLOCKS; i++) {
			uint8_t *end = put_block(block, fields, count, entered, i);

			frames[i]->bytes = at;
			at = put_frames(at, block, (size_t)(end - block), !request->body_length);
			frames[i]->length = (size_t)(at - frames[i]->bytes);
		}
	}
	free(fields);
	free(block);
	return made;
}

void h2_request_deinit(struct h2_request *request)
{
	free(request->memory);
	*request = (struct h2_request){0};
}

uint8_t *h2_frames_put(uint8_t *to, const struct h2_frames *frames, uint32_t stream)
{
	uint8_t *at = to;

	memcpy(to, frames->bytes, frames->length);
	to += frames->length;
	do {
		h2_put32(at + 5, stream);
		at += H2_FRAME_HEAD + h2_get24(at);
	} while (at < to);
	return to;
}
