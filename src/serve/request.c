/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/request.h"

#include <stdlib.h>
#include <string.h>

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
	status = request_head_parse(head, length, request);
	if (status)
		return fail(reader, status);
	if (memo)
		remember(memo, head, length, request);
	return enter_body(reader, request);
}

/* Keeps the bytes of an incomplete head. False: out of memory. */
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

/* True if an incomplete head is already known to be bad: its first byte begins no method, or a line ends
 * without CR. The bytes before `from` were checked before. */
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

/* Continues a head of which some bytes are held. */
static enum request_event continue_head(struct request_reader *reader, struct request_memo *memo,
					const char *bytes, size_t length, size_t *usedp,
					struct request *request)
{
	size_t before = reader->held->used, from = before < 3 ? 0 : before - 3;
	const char *end;
	size_t take = length;

	if (before + take > REQUEST_HEAD_MAX + 1) /* one byte more shows that it is too long */
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

/* One byte of the lines around the chunks. False: it is not allowed there. */
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
