/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Header blocks. All are decoded, even those of abandoned streams, because they share one table (RFC 9113
 * section 4.3). A repeated block that does not change the table is recognised by its bytes.
 */
#include <string.h>

#include "proto/h2_call.h"
#include "proto/h2_inflate.h"

/* ---- does a block change the table? ---- */

/* RFC 7541 section 5.1. Moves *at behind the integer. False: it is truncated or absurdly long. */
static bool read_integer(const uint8_t **at, const uint8_t *end, unsigned prefix_bits, uint32_t *valuep)
{
	uint32_t most = (1u << prefix_bits) - 1, value = *(*at)++ & most;

	*valuep = value;
	if (value < most)
		return true;
	for (unsigned shift = 0; shift < 28 && *at < end; shift += 7) {
		uint8_t byte = *(*at)++;

		*valuep += (uint32_t)(byte & 127) << shift;
		if (!(byte & 128))
			return true;
	}
	return false;
}

static bool skip_string(const uint8_t **at, const uint8_t *end)
{
	uint32_t length;

	if (*at == end || !read_integer(at, end, 7, &length) || length > (size_t)(end - *at))
		return false;
	*at += length;
	return true;
}

/* True when the block has no instruction that changes the dynamic table. */
static bool leaves_table(const uint8_t *at, const uint8_t *end)
{
	while (at < end) {
		bool indexed = *at & 0x80;
		uint32_t index;

		if ((*at & 0xe0) == 0x20 || (*at & 0xc0) == 0x40)
			return false;
		if (!read_integer(&at, end, indexed ? 7 : 4, &index))
			return false;
		if (!indexed && ((!index && !skip_string(&at, end)) || !skip_string(&at, end)))
			return false;
	}
	return true;
}

/* ---- fields ---- */

/* The decoded fields of a block. */
struct said {
	unsigned status;
	bool has_length, regular; /* regular: a field other than a pseudo-header was seen */
	uint64_t length;
	uint32_t size;	     /* as SETTINGS_MAX_HEADER_LIST_SIZE counts */
	uint32_t bytes;	     /* as "name: value" in HTTP/1.1 */
	enum h2_error error; /* the first one */
	struct grpc_said call;
};

static bool name_is(const struct h2_field *field, const char *name)
{
	return field->name_length == strlen(name) && !memcmp(field->name, name, field->name_length);
}

/* RFC 9113 section 8.2.1: a token (RFC 9110 section 5.6.2) without upper case. */
static bool name_valid(const struct h2_field *field)
{
	for (size_t i = 0; i < field->name_length; i++) {
		uint8_t c = field->name[i];

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && !(c && strchr("-_!#$%&'*+.^`|~", c)))
			return false;
	}
	return field->name_length;
}

static bool blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* The same section, and RFC 9110 section 5.5: no control characters but tabs, no blank at the ends. */
static bool value_valid(const struct h2_field *field)
{
	if (!field->value_length)
		return true;
	if (blank(field->value[0]) || blank(field->value[field->value_length - 1]))
		return false;
	for (size_t i = 0; i < field->value_length; i++)
		if ((field->value[i] < ' ' && field->value[i] != '\t') || field->value[i] == 0x7f)
			return false;
	return true;
}

static bool forbidden(const struct h2_field *field)
{
	if (name_is(field, "te"))
		return field->value_length != 8 || memcmp(field->value, "trailers", 8) != 0;
	return h2_field_forbidden((const char *)field->name, field->name_length);
}

static enum h2_error take_status(struct said *said, const struct h2_field *field)
{
	unsigned status = 0;

	if (!name_is(field, ":status") || said->status || said->regular)
		return H2_ERROR_PSEUDO;
	for (size_t i = 0; i < field->value_length; i++) {
		if (field->value[i] < '0' || field->value[i] > '9')
			return H2_ERROR_STATUS;
		status = 10 * status + (field->value[i] - '0');
		if (status > 999)
			return H2_ERROR_STATUS;
	}
	said->status = status;
	return field->value_length == 3 && status >= 100 ? H2_OK : H2_ERROR_STATUS;
}

static enum h2_error take_length(struct said *said, const struct h2_field *field)
{
	uint64_t length = 0;

	for (size_t i = 0; i < field->value_length; i++) {
		uint8_t digit = (uint8_t)(field->value[i] - '0');

		if (digit > 9 || length > (UINT64_MAX - 9) / 10)
			return H2_ERROR_LENGTH_FIELD;
		length = 10 * length + digit;
	}
	if (!field->value_length || (said->has_length && said->length != length))
		return H2_ERROR_LENGTH_FIELD;
	said->has_length = true;
	said->length = length;
	return H2_OK;
}

static enum h2_error take_field(struct said *said, const struct h2_field *field)
{
	said->size += (uint32_t)(field->name_length + field->value_length) + 32;
	said->bytes += (uint32_t)(field->name_length + field->value_length) + 4;
	if (field->name_length && field->name[0] == ':')
		return take_status(said, field);
	said->regular = true;
	if (!name_valid(field))
		return H2_ERROR_FIELD_NAME;
	if (!value_valid(field))
		return H2_ERROR_FIELD_VALUE;
	if (forbidden(field))
		return H2_ERROR_FIELD_CONNECTION;
	return name_is(field, "content-length") ? take_length(said, field) : H2_OK;
}

/* False: a connection error, h->error. */
static bool decode(struct h2 *h, const uint8_t *at, const uint8_t *end, struct said *said)
{
	enum h2_inflated inflated;
	struct h2_field field;

	*said = (struct said){.call.status = GRPC_NO_STATUS};
	while ((inflated = h2_inflate_next(h->inflater, &at, end, &field)) == H2_INFLATED_FIELD) {
		enum h2_error error = take_field(said, &field);

		if (error && !said->error)
			said->error = error;
		if (h->calls)
			grpc_field(&said->call, h->calls->text, (const char *)field.name, field.name_length,
				   (const char *)field.value, field.value_length);
		if (said->size > H2_BLOCK_MAX) {
			h->error = H2_ERROR_BLOCK_TOO_LONG;
			return false;
		}
	}
	h->counts.head_fields_in += said->bytes;
	h->error = inflated == H2_INFLATE_NO_MEMORY ? H2_ERROR_MEMORY : H2_ERROR_COMPRESSION;
	return inflated == H2_INFLATED_END;
}

/* ---- blocks ---- */

static bool without_body(const struct h2 *h, unsigned status)
{
	return h->config->request->head_method || status == 204 || status == 304;
}

/* The head of a response, decoded now or before. */
static enum h2_progress head_complete(struct h2 *h, struct h2_stream *stream, unsigned status,
				      bool has_length, uint64_t length, bool ends)
{
	bool begun = stream->flags & H2S_BEGUN;

	stream->status = (uint16_t)status;
	stream->length = length;
	stream->flags |= (uint8_t)(H2S_BEGUN | H2S_HEAD | (has_length ? H2S_LENGTH : 0) |
				   (without_body(h, status) ? H2S_NO_BODY : 0));
	if (ends)
		return h2_ends(h, stream);
	return begun ? H2_MORE : H2_BEGUN;
}

static enum h2_progress interim(struct h2 *h, struct h2_stream *stream, unsigned status, bool ends)
{
	bool begun = stream->flags & H2S_BEGUN;

	stream->flags |= H2S_BEGUN;
	if (status == 101)
		return h2_malformed(h, stream, H2_ERROR_SWITCHING);
	if (ends)
		return h2_malformed(h, stream, H2_ERROR_INFORMATION_ENDS);
	return begun ? H2_MORE : H2_BEGUN;
}

static enum h2_progress trailers(struct h2 *h, struct h2_stream *stream, const struct said *said, bool ends)
{
	if (said->status)
		return h2_malformed(h, stream, H2_ERROR_PSEUDO);
	if (!ends)
		return h2_malformed(h, stream, H2_ERROR_TRAILER);
	stream->flags |= H2S_TRAILER;
	return h2_ends(h, stream);
}

static void keep_memo(struct h2_memo *memo, const uint8_t *bytes, uint32_t length, const struct said *said)
{
	memo->size = 0;
	if (!length || length > sizeof(memo->bytes) || said->call.has_text ||
	    !leaves_table(bytes, bytes + length))
		return;
	memcpy(memo->bytes, bytes, length);
	memo->size = (uint16_t)length;
	memo->status = (uint16_t)said->status;
	memo->has_length = said->has_length;
	memo->length = said->length;
	memo->fields = said->bytes;
	memo->call = said->call;
}

static bool is_memo(const struct h2_memo *memo, const uint8_t *bytes, uint32_t length)
{
	return length == memo->size && length && !memcmp(bytes, memo->bytes, length);
}

/* Trailers that have come before: they end the stream, and have no :status. */
static enum h2_progress same_trailers(struct h2 *h, struct h2_stream *stream)
{
	const struct h2_memo *memo = &h->calls->trailers;

	h->counts.head_fields_in += memo->fields;
	stream->flags |= H2S_TRAILER;
	h2_call_said(h, stream, memo->call);
	return h2_ends(h, stream);
}

/* Whatever the block changes, a memo may refer to it. */
static void forget(struct h2 *h)
{
	h->memo.size = 0;
	if (h->calls)
		h->calls->trailers.size = 0;
}

enum h2_progress h2_block(struct h2 *h, struct h2_stream *stream, const uint8_t *bytes, uint32_t length,
			  bool ends)
{
	struct h2_memo *memo = &h->memo;
	struct said said;

	h->counts.head_bytes_in += length;
	if (stream && !(stream->flags & H2S_HEAD) && is_memo(memo, bytes, length)) {
		h->counts.head_fields_in += memo->fields;
		if (h->calls)
			h2_call_said(h, stream, memo->call);
		return head_complete(h, stream, memo->status, memo->has_length, memo->length, ends);
	}
	if (h->calls && stream && stream->flags & H2S_HEAD && ends &&
	    is_memo(&h->calls->trailers, bytes, length))
		return same_trailers(h, stream);
	if (!leaves_table(bytes, bytes + length))
		forget(h);
	if (!decode(h, bytes, bytes + length, &said))
		return h2_breaks(h, h->error);
	if (!stream)
		return H2_MORE;
	if (said.error)
		return h2_malformed(h, stream, said.error);
	if (h->calls)
		h2_call_said(h, stream, said.call);
	if (stream->flags & H2S_HEAD) {
		if (h->calls && ends && !said.status)
			keep_memo(&h->calls->trailers, bytes, length, &said);
		return trailers(h, stream, &said, ends);
	}
	if (!said.status)
		return h2_malformed(h, stream, H2_ERROR_STATUS);
	if (said.status < 200)
		return interim(h, stream, said.status, ends);
	keep_memo(memo, bytes, length, &said);
	return head_complete(h, stream, said.status, said.has_length, said.length, ends);
}
