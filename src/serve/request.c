/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum state {
	IN_HEAD,
	IN_LENGTH,	 /* a body of known length */
	CHUNK_SIZE,	 /* no digit yet */
	CHUNK_DIGITS,	 /* at least one digit */
	CHUNK_EXTENSION, /* after the digits */
	CHUNK_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	TRAILER_START, /* at the start of a line */
	TRAILER_LINE,
	TRAILER_LF,
	TRAILER_END_LF,
	FAILED,
};

struct request_held {
	uint32_t used, size;
	char bytes[];
};

#define HEAD_END "\r\n\r\n"

void request_reader_init(struct request_reader *reader)
{
	*reader = (struct request_reader){0};
}

void request_release(struct request_reader *reader)
{
	free(reader->held);
	reader->held = NULL;
}

bool request_idle(const struct request_reader *reader)
{
	return reader->state == IN_HEAD && !reader->held;
}

uint64_t request_skippable(const struct request_reader *reader)
{
	return reader->state == IN_LENGTH || reader->state == CHUNK_DATA ? reader->left : 0;
}

static enum request_event fail(struct request_reader *reader, unsigned status)
{
	reader->state = FAILED;
	reader->error = (uint16_t)status;
	return REQUEST_BAD;
}

/* ---- the head ---- */

/* RFC 9110 section 5.6.2: letters, digits and !#$%&'*+-.^_`|~, a bit for each. */
static bool is_token_char(unsigned char c)
{
	static const uint64_t bits[4] = {0x03ff6cfa00000000u, 0x57ffffffc7fffffeu};

	return bits[c >> 6] >> (c & 63) & 1;
}

static bool is_value_char(unsigned char c)
{
	return c == '\t' || (c >= ' ' && c != 0x7f);
}

/* A line of the head without its CRLF. */
struct text {
	const char *at, *end;
};

static bool text_is(struct text text, const char *name)
{
	size_t length = strlen(name);

	return (size_t)(text.end - text.at) == length && !strncasecmp(text.at, name, length);
}

static struct text trim(struct text text)
{
	while (text.at < text.end && (*text.at == ' ' || *text.at == '\t'))
		text.at++;
	while (text.at < text.end && (text.end[-1] == ' ' || text.end[-1] == '\t'))
		text.end--;
	return text;
}

/* The first `c`, or the end. */
static const char *find(struct text text, char c)
{
	while (text.at < text.end && *text.at != c)
		text.at++;
	return text.at;
}

/* Takes the next element off a list separated by commas; false at its end. */
static bool next_element(struct text *list, struct text *element)
{
	const char *comma = find(*list, ',');

	if (list->at == list->end)
		return false;
	*element = trim((struct text){list->at, comma});
	list->at = comma == list->end ? comma : comma + 1;
	return true;
}

static bool parse_length(struct text value, uint64_t *lengthp)
{
	uint64_t length = 0;

	if (value.at == value.end || value.end - value.at > 18)
		return false;
	for (; value.at < value.end; value.at++) {
		if (*value.at < '0' || *value.at > '9')
			return false;
		length = length * 10 + (uint64_t)(*value.at - '0');
	}
	*lengthp = length;
	return true;
}

/* "gzip" or "*" in Accept-Encoding, unless its weight is 0. */
static bool takes_gzip(struct text value)
{
	struct text coding;

	while (next_element(&value, &coding)) {
		const char *semicolon = find(coding, ';');
		struct text name = trim((struct text){coding.at, semicolon});

		if (!text_is(name, "gzip") && !text_is(name, "*"))
			continue;
		if (semicolon == coding.end)
			return true;
		for (const char *weight = find((struct text){semicolon, coding.end}, '=');
		     weight < coding.end; weight++)
			if (*weight >= '1' && *weight <= '9')
				return true;
	}
	return false;
}

/* What the headers said, until all of them are known. */
struct fields {
	unsigned hosts;
	bool has_length, has_coding, close, keep_alive, expect;
};

/* Returns a status when the header is an error, else 0. */
static unsigned take_header(struct request *request, struct fields *fields, struct text name,
			    struct text value)
{
	struct text element;
	uint64_t length;

	switch (name.end - name.at) {
	case 4:
		fields->hosts += text_is(name, "host");
		break;
	case 6:
		if (!text_is(name, "expect"))
			break;
		if (!text_is(value, "100-continue"))
			return 417;
		fields->expect = true;
		break;
	case 10:
		if (!text_is(name, "connection"))
			break;
		while (next_element(&value, &element)) {
			fields->close |= text_is(element, "close");
			fields->keep_alive |= text_is(element, "keep-alive");
		}
		break;
	case 14:
		if (!text_is(name, "content-length"))
			break;
		if (!parse_length(value, &length) || (fields->has_length && length != request->length))
			return 400;
		fields->has_length = true;
		request->length = length;
		break;
	case 15:
		if (text_is(name, "accept-encoding"))
			request->gzip |= takes_gzip(value);
		break;
	case 17:
		if (!text_is(name, "transfer-encoding"))
			break;
		if (fields->has_coding || !text_is(value, "chunked"))
			return 501;
		fields->has_coding = true;
		break;
	default:
		break;
	}
	return 0;
}

/* The line at *at, which is moved behind it; false when it does not end with CRLF. The head is complete, so
 * there is an end. */
static bool next_line(const char **at, const char *end, struct text *line)
{
	const char *newline = memchr(*at, '\n', (size_t)(end - *at));

	if (!newline || newline == *at || newline[-1] != '\r')
		return false;
	*line = (struct text){*at, newline - 1};
	*at = newline + 1;
	return true;
}

static unsigned parse_request_line(struct text line, struct request *request)
{
	const char *at = line.at, *target;

	while (at < line.end && is_token_char((unsigned char)*at))
		at++;
	if (at == line.at || at - line.at > REQUEST_METHOD_MAX || at == line.end || *at != ' ')
		return 400;
	request->method = line.at;
	request->method_length = (uint32_t)(at - line.at);
	target = ++at;
	while (at < line.end && (unsigned char)*at > ' ' && *at != 0x7f)
		at++;
	if (at == target || at == line.end || *at != ' ')
		return 400;
	request->target = target;
	request->target_length = (uint32_t)(at - target);
	at++;
	if (line.end - at != 8 || memcmp(at, "HTTP/", 5) || at[6] != '.' || at[5] < '0' || at[5] > '9' ||
	    at[7] < '0' || at[7] > '9')
		return 400;
	if (at[5] != '1')
		return 505;
	request->http10 = at[7] == '0';
	request->is_head = request->method_length == 4 && !memcmp(request->method, "HEAD", 4);
	request->is_connect = request->method_length == 7 && !memcmp(request->method, "CONNECT", 7);
	return 0;
}

static unsigned parse_headers(const char *at, const char *end, struct request *request, struct fields *fields)
{
	struct text line;

	for (;;) {
		struct text name, value;
		unsigned status;

		if (!next_line(&at, end, &line))
			return 400;
		if (line.at == line.end)
			return 0;
		name.at = name.end = line.at;
		while (name.end < line.end && is_token_char((unsigned char)*name.end))
			name.end++;
		if (name.end == name.at || name.end == line.end || *name.end != ':')
			return 400;
		value = (struct text){name.end + 1, line.end};
		for (const char *c = value.at; c < value.end; c++)
			if (!is_value_char((unsigned char)*c))
				return 400;
		status = take_header(request, fields, name, trim(value));
		if (status)
			return status;
	}
}

/* A complete head, CRLF CRLF included; returns a status when it is an error, else 0. */
static unsigned parse_head(const char *head, size_t length, struct request *request)
{
	struct fields fields = {0};
	const char *at = head, *end = head + length;
	struct text line;
	unsigned status;

	*request = (struct request){.head_bytes = (uint32_t)length};
	if (!next_line(&at, end, &line))
		return 400;
	status = parse_request_line(line, request);
	if (!status)
		status = parse_headers(at, end, request, &fields);
	if (status)
		return status;
	if (fields.hosts > 1 || (!fields.hosts && !request->http10))
		return 400;
	/* RFC 9112 section 6.1: both at once smells of request smuggling, and 1.0 does not know codings. */
	if (fields.has_coding && (fields.has_length || request->http10))
		return 400;
	request->chunked = fields.has_coding;
	request->has_body = request->chunked || request->length;
	request->expect = fields.expect && request->has_body && !request->http10;
	request->close = fields.close || (request->http10 && !fields.keep_alive);
	request->keep_alive = request->http10 && !request->close;
	return 0;
}

/* The head is known: on to the body, if there is one. */
static enum request_event enter_body(struct request_reader *reader, const struct request *request)
{
	reader->body = 0;
	reader->left = request->length;
	reader->line = 0;
	if (request->has_body)
		reader->state = request->chunked ? CHUNK_SIZE : IN_LENGTH;
	return REQUEST_HEAD;
}

static void remember(struct request_memo *memo, const char *head, size_t length,
		     const struct request *request)
{
	if (length > sizeof(memo->bytes))
		return;
	memcpy(memo->bytes, head, length);
	memo->length = (uint32_t)length;
	memo->request = *request;
	memo->request.method = memo->bytes + (request->method - head);
	memo->request.target = memo->bytes + (request->target - head);
}

static enum request_event finish_head(struct request_reader *reader, struct request_memo *memo,
				      const char *head, size_t length, struct request *request)
{
	unsigned status;

	if (length > REQUEST_HEAD_MAX)
		return fail(reader, 431);
	status = parse_head(head, length, request);
	if (status)
		return fail(reader, status);
	if (memo)
		remember(memo, head, length, request);
	return enter_body(reader, request);
}

/* Keeps the bytes of a head that is not complete; false when memory is short. */
static bool hold(struct request_reader *reader, const char *bytes, size_t length)
{
	struct request_held *held = reader->held;
	size_t used = held ? held->used : 0;

	if (!held || used + length > held->size) {
		size_t size = 2 * (used + length);

		if (size < 512)
			size = 512;
		held = realloc(held, sizeof(*held) + size);
		if (!held)
			return false;
		held->size = (uint32_t)size;
		reader->held = held;
	}
	memcpy(held->bytes + used, bytes, length);
	held->used = (uint32_t)(used + length);
	return true;
}

/* Whether the lines of a head that is not complete yet are already known to be bad: the first byte begins no
 * method, or a line ends without CR. `from` is where this was not looked at yet. */
static bool spoiled(const struct request_held *held, size_t from)
{
	const char *at = held->bytes + from, *end = held->bytes + held->used;

	if (!is_token_char((unsigned char)held->bytes[0]))
		return true;
	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		if (at == held->bytes || at[-1] != '\r')
			return true;
		at++;
	}
	return false;
}

/* Goes on with a head of which some bytes are held. */
static enum request_event continue_head(struct request_reader *reader, struct request_memo *memo,
					const char *bytes, size_t length, size_t *usedp,
					struct request *request)
{
	size_t before = reader->held->used, from = before < 3 ? 0 : before - 3;
	const char *end;
	size_t take = length;

	if (before + take > REQUEST_HEAD_MAX + 1) /* one more tells that it is too long */
		take = REQUEST_HEAD_MAX + 1 - before;
	if (!hold(reader, bytes, take))
		return fail(reader, 503);
	end = memmem(reader->held->bytes + from, reader->held->used - from, HEAD_END, 4);
	if (end) {
		size_t head = (size_t)(end - reader->held->bytes) + 4;

		*usedp = head - before;
		return finish_head(reader, memo, reader->held->bytes, head, request);
	}
	*usedp = take;
	if (spoiled(reader->held, before))
		return fail(reader, 400);
	if (reader->held->used > REQUEST_HEAD_MAX)
		return fail(reader, 431);
	return REQUEST_MORE;
}

static enum request_event feed_head(struct request_reader *reader, struct request_memo *memo,
				    const char *bytes, size_t length, size_t *usedp, struct request *request,
				    bool *recalledp)
{
	size_t blank = 0, used;
	const char *end;
	enum request_event event;

	if (reader->held)
		return continue_head(reader, memo, bytes, length, usedp, request);
	if (memo && memo->length && length >= memo->length && !memcmp(bytes, memo->bytes, memo->length)) {
		*usedp = memo->length;
		*request = memo->request;
		if (recalledp)
			*recalledp = true;
		return enter_body(reader, request);
	}
	/* RFC 9112 section 2.2: empty lines before a request are ignored. */
	while (blank < length && (bytes[blank] == '\r' || bytes[blank] == '\n'))
		blank++;
	bytes += blank;
	length -= blank;
	*usedp = blank;
	if (!length)
		return REQUEST_MORE;
	end = memmem(bytes, length, HEAD_END, 4);
	if (end) {
		used = (size_t)(end - bytes) + 4;
		*usedp += used;
		return finish_head(reader, memo, bytes, used, request);
	}
	/* Not complete: begin to hold it, with nothing held yet. */
	if (!hold(reader, bytes, 0))
		return fail(reader, 503);
	event = continue_head(reader, memo, bytes, length, &used, request);
	*usedp += used;
	return event;
}

/* ---- the body ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte of the lines around the chunks; false when it does not belong there. */
static bool chunk_byte(struct request_reader *reader, char c)
{
	int digit;

	switch (reader->state) {
	case CHUNK_SIZE:
	case CHUNK_DIGITS:
		digit = hex_digit(c);
		if (digit >= 0) {
			if (reader->left >> 56)
				return false;
			reader->left = reader->left << 4 | (unsigned)digit;
			reader->state = CHUNK_DIGITS;
			return true;
		}
		if (reader->state == CHUNK_SIZE)
			return false;
		reader->state = c == '\r' ? CHUNK_LF : CHUNK_EXTENSION;
		return c == '\r' || c == ';' || c == ' ' || c == '\t';
	case CHUNK_EXTENSION:
		if (c == '\r')
			reader->state = CHUNK_LF;
		return c == '\r' || is_value_char((unsigned char)c);
	case CHUNK_LF:
		reader->state = reader->left ? CHUNK_DATA : TRAILER_START;
		reader->line = 0;
		return c == '\n';
	case CHUNK_DATA_CR:
		reader->state = CHUNK_DATA_LF;
		return c == '\r';
	case CHUNK_DATA_LF:
		reader->state = CHUNK_SIZE;
		reader->line = 0;
		return c == '\n';
	case TRAILER_START:
		reader->state = c == '\r' ? TRAILER_END_LF : TRAILER_LINE;
		return c == '\r' || is_token_char((unsigned char)c);
	case TRAILER_LINE:
		if (c == '\r')
			reader->state = TRAILER_LF;
		return c == '\r' || is_value_char((unsigned char)c);
	case TRAILER_LF:
		reader->state = TRAILER_START;
		return c == '\n';
	case TRAILER_END_LF:
		reader->state = IN_HEAD;
		return c == '\n';
	default:
		return false;
	}
}

static bool in_trailer(const struct request_reader *reader)
{
	return reader->state >= TRAILER_START && reader->state <= TRAILER_END_LF;
}

void request_skipped(struct request_reader *reader, uint64_t bytes)
{
	reader->left -= bytes;
	reader->body += bytes;
	if (!reader->left && reader->state == CHUNK_DATA)
		reader->state = CHUNK_DATA_CR;
}

static enum request_event feed_body(struct request_reader *reader, const char *bytes, size_t length,
				    size_t *usedp)
{
	size_t at = 0;

	while (reader->state != IN_HEAD) {
		if (reader->state == IN_LENGTH && !reader->left)
			break;
		if (at == length) {
			*usedp = at;
			return REQUEST_MORE;
		}
		if (reader->state == IN_LENGTH || reader->state == CHUNK_DATA) {
			size_t take = length - at < reader->left ? length - at : (size_t)reader->left;

			request_skipped(reader, take);
			at += take;
			continue;
		}
		*usedp = at + 1;
		if (!chunk_byte(reader, bytes[at++]))
			return fail(reader, 400);
		if (++reader->line > (in_trailer(reader) ? (unsigned)REQUEST_HEAD_MAX : REQUEST_CHUNK_LINE))
			return fail(reader, in_trailer(reader) ? 431 : 400);
	}
	reader->state = IN_HEAD;
	*usedp = at;
	return REQUEST_END;
}

enum request_event request_feed(struct request_reader *reader, struct request_memo *memo, const char *bytes,
				size_t length, size_t *usedp, struct request *request, bool *recalledp)
{
	*usedp = 0;
	if (recalledp)
		*recalledp = false;
	switch (reader->state) {
	case IN_HEAD:
		return feed_head(reader, memo, bytes, length, usedp, request, recalledp);
	case FAILED:
		return REQUEST_BAD;
	default:
		request_release(reader);
		return feed_body(reader, bytes, length, usedp);
	}
}
