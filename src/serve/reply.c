/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/reply.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* ---- the pattern ---- */

/* 64 bytes without a newline, so that an event stream can carry any part of it. */
static const char period[] = "Hello, world! The quick brown fox jumps over the lazy dog. 12345";

_Static_assert(sizeof(period) - 1 == PATTERN_PERIOD, "the period of the pattern");

static char pattern_bytes[PATTERN_BYTES + PATTERN_PERIOD];
static pthread_once_t pattern_once = PTHREAD_ONCE_INIT;

static void pattern_fill(void)
{
	for (size_t i = 0; i < sizeof(pattern_bytes); i += PATTERN_PERIOD)
		memcpy(pattern_bytes + i, period, PATTERN_PERIOD);
}

const char *pattern(void)
{
	pthread_once(&pattern_once, pattern_fill);
	return pattern_bytes;
}

/* 1000 times 'x' as gzip (RFC 1952), fixed Huffman codes. */
static const unsigned char gzip_body[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
					  0xab, 0xa8, 0x18, 0x05, 0xa3, 0x60, 0x14, 0x0c, 0x77, 0x00,
					  0x00, 0xe6, 0xc9, 0x41, 0x3b, 0xe8, 0x03, 0x00, 0x00};

/* ---- text that grows ---- */

struct text {
	char *bytes;
	size_t used, size;
};

/* Makes room for `more` bytes; false: out of memory. */
static bool reserve(struct text *text, size_t more)
{
	size_t size = 2 * (text->used + more);
	char *bytes;

	if (text->used + more <= text->size)
		return true;
	bytes = realloc(text->bytes, size);
	if (!bytes)
		return false;
	text->bytes = bytes;
	text->size = size;
	return true;
}

static bool add_bytes(struct text *text, const void *bytes, size_t length)
{
	if (!reserve(text, length))
		return false;
	memcpy(text->bytes + text->used, bytes, length);
	text->used += length;
	return true;
}

static bool add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool add(struct text *text, const char *format, ...)
{
	char line[256];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return add_bytes(text, line, (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1);
}

/* ---- the head ---- */

/* RFC 9110 sections 6.4.1 and 15.3.6 */
static bool status_has_body(unsigned status)
{
	return status >= 200 && status != 204 && status != 304;
}

enum framing { FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE };

static bool add_head(struct text *text, const struct answer *answer, enum framing framing, uint64_t length)
{
	const char *type = answer->sse			   ? "text/event-stream"
			   : answer->body == ANSWER_COUNTS ? "application/json"
							   : "text/plain";
	bool ok = true;

	if (answer->interim)
		ok &= add(text, "HTTP/1.1 %u %s\r\n\r\n", answer->interim, answer_reason(answer->interim));
	ok &= add(text, "HTTP/1.1 %u %s\r\n", answer->status, answer_reason(answer->status));
	if (status_has_body(answer->status)) {
		ok &= add(text, "Content-Type: %s\r\n", type);
		if (framing == FRAMING_LENGTH)
			ok &= add(text, "Content-Length: %" PRIu64 "\r\n", length);
		else if (framing == FRAMING_CHUNKED)
			ok &= add(text, "Transfer-Encoding: chunked\r\n");
	}
	if (answer->body == ANSWER_GZIP)
		ok &= add(text, "%sVary: Accept-Encoding\r\n",
			  answer->gzip ? "Content-Encoding: gzip\r\n" : "");
	if (answer->sse || answer->body == ANSWER_COUNTS)
		ok &= add(text, "Cache-Control: no-cache\r\n");
	if (answer->status >= 300 && answer->status < 400 && answer->text_length) {
		ok &= add(text, "Location: ") && add_bytes(text, answer->text, answer->text_length) &&
		      add(text, "\r\n");
	}
	if (answer->close)
		ok &= add(text, "Connection: close\r\n");
	else if (answer->keep_alive)
		ok &= add(text, "Connection: keep-alive\r\n");
	for (unsigned i = 1; i <= answer->extra_headers; i++)
		ok &= add(text, "X-Extra-%u: The quick brown fox\r\n", i);
	return ok && add(text, "\r\n");
}

/* ---- the plain answer ---- */

static bool build_variant(struct plain *plain, unsigned variant, struct answer answer)
{
	struct text text = {0};
	uint64_t body = status_has_body(answer.status) ? answer.length : 0;
	uint32_t one, copies;

	answer.close = variant % 3 == 1;
	answer.keep_alive = variant % 3 == 2;
	answer.is_head = variant >= 3;
	if (answer.status == 205)
		body = 0;
	if (!add_head(&text, &answer, FRAMING_LENGTH, body) ||
	    (!answer.is_head && !add_bytes(&text, pattern(), body))) {
		free(text.bytes);
		return false;
	}
	one = (uint32_t)text.used;
	copies = answer.close ? 1 : PLAIN_BODY_MAX / one;
	copies = copies < 1 ? 1 : copies > PLAIN_COPIES ? PLAIN_COPIES : copies;
	plain->variants[variant].length = one;
	plain->variants[variant].copies = copies;
	plain->variants[variant].bytes = malloc((size_t)one * copies);
	for (uint32_t i = 0; i < copies && plain->variants[variant].bytes; i++)
		memcpy(plain->variants[variant].bytes + (size_t)i * one, text.bytes, one);
	free(text.bytes);
	return plain->variants[variant].bytes;
}

bool plain_init(struct plain *plain, const struct serve_settings *settings)
{
	struct answer answer;

	answer_default(settings, &answer);
	*plain = (struct plain){.status = answer.status,
				.usable = answer.body == ANSWER_PLAIN && answer.length <= PLAIN_BODY_MAX};
	for (unsigned i = 0; i < PLAIN_VARIANTS && plain->usable; i++) {
		if (!build_variant(plain, i, answer)) {
			plain_deinit(plain);
			return false;
		}
	}
	return true;
}

void plain_deinit(struct plain *plain)
{
	for (unsigned i = 0; i < PLAIN_VARIANTS; i++)
		free(plain->variants[i].bytes);
	*plain = (struct plain){0};
}

/* ---- replies ---- */

struct reply *reply_new(const struct answer *answer)
{
	struct reply *reply = calloc(1, sizeof(*reply) + answer->text_length);

	if (!reply)
		return NULL;
	reply->answer = *answer;
	if (answer->text_length)
		memcpy(reply->text, answer->text, answer->text_length);
	reply->answer.text = reply->text;
	reply->uncounted = answer->body == ANSWER_COUNTS;
	return reply;
}

struct reply *reply_new_continue(void)
{
	static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct answer answer = {.no_hold = true};
	struct reply *reply = reply_new(&answer);

	if (!reply)
		return NULL;
	reply->bytes = malloc(sizeof(interim));
	if (!reply->bytes) {
		free(reply);
		return NULL;
	}
	memcpy(reply->bytes, interim, sizeof(interim) - 1);
	reply->length = sizeof(interim) - 1;
	reply->rendered = true;
	reply->uncounted = true;
	return reply;
}

void reply_free(struct reply *reply)
{
	if (reply)
		free(reply->bytes);
	free(reply);
}

static bool add_counts(struct text *text, const struct serve_counts *counts)
{
	bool ok, first = true;

	ok = add(text, "{\"requests\": %" PRIu64 ", \"status\": {", counts->requests);
	for (unsigned i = 0; i < 1000; i++) {
		if (counts->status[i]) {
			ok &= add(text, "%s\"%u\": %" PRIu64, first ? "" : ", ", i, counts->status[i]);
			first = false;
		}
	}
	return ok &&
	       add(text, "}, \"connections\": %" PRIu64 ", \"bytes_received\": %" PRIu64, counts->connections,
		   counts->bytes_received) &&
	       add(text, ", \"body_bytes\": %" PRIu64 ", \"bytes_sent\": %" PRIu64, counts->body_bytes,
		   counts->bytes_sent) &&
	       add(text, ", \"malformed\": %" PRIu64 ", \"resets\": %" PRIu64 ", \"faults\": %" PRIu64 "}\n",
		   counts->malformed, counts->resets, counts->faults);
}

/* Bodies that are short enough to be built. */
static bool add_short_body(struct text *text, const struct reply *reply, const struct serve_counts *counts)
{
	const struct answer *answer = &reply->answer;

	switch (answer->body) {
	case ANSWER_STATUS:
		return add(text, "%s\n", answer_reason(answer->status));
	case ANSWER_NOTE:
		return add_bytes(text, answer->text, answer->text_length);
	case ANSWER_ECHO:
		return add_bytes(text, answer->text, answer->text_length) &&
		       add(text, " %" PRIu64 "\n", answer->length);
	case ANSWER_COUNTS:
		return add_counts(text, counts);
	case ANSWER_GZIP:
		if (answer->gzip)
			return add_bytes(text, gzip_body, sizeof(gzip_body));
		for (unsigned i = 0; i < ANSWER_GZIP_BYTES; i++)
			if (!add_bytes(text, "x", 1))
				return false;
		return true;
	default:
		return true;
	}
}

static void plan_chunks(struct reply *reply)
{
	const struct answer *answer = &reply->answer;
	uint64_t around = answer->sse ? 8 : 0; /* "data: " and two newlines */
	const char *start = answer->sse ? "data: " : "";
	uint64_t last;

	reply->framed = !answer->no_chunks;
	reply->chunk_bytes = answer->chunk_bytes - around;
	reply->left = answer->body == ANSWER_STREAM ? answer->chunks * reply->chunk_bytes : answer->length;
	reply->paced = answer->gap_ns > 0;
	reply->may_start = true;
	last = reply->left % reply->chunk_bytes;
	if (reply->framed) {
		snprintf(reply->prefix, sizeof(reply->prefix), "%" PRIx64 "\r\n%s", answer->chunk_bytes,
			 start);
		snprintf(reply->last_prefix, sizeof(reply->last_prefix), "%" PRIx64 "\r\n%s", last + around,
			 start);
		reply->suffix = answer->sse ? "\n\n\r\n" : "\r\n";
	} else {
		snprintf(reply->prefix, sizeof(reply->prefix), "%s", start);
		memcpy(reply->last_prefix, reply->prefix, sizeof(reply->prefix));
		reply->suffix = answer->sse ? "\n\n" : "";
	}
}

/* Chooses the framing and what comes from the pattern. */
static enum framing plan_body(struct reply *reply, uint64_t *lengthp)
{
	const struct answer *answer = &reply->answer;

	switch (answer->body) {
	case ANSWER_PLAIN:
	case ANSWER_PATTERN:
		reply->left = *lengthp = answer->length;
		return FRAMING_LENGTH;
	case ANSWER_UNBOUNDED:
		reply->left = answer->length;
		return FRAMING_CLOSE;
	case ANSWER_CHUNKED:
	case ANSWER_STREAM:
		plan_chunks(reply);
		return reply->framed ? FRAMING_CHUNKED : FRAMING_CLOSE;
	default:
		return FRAMING_LENGTH;
	}
}

bool reply_render(struct reply *reply, const struct serve_counts *counts)
{
	struct text head = {0}, body = {0};
	const struct answer *answer = &reply->answer;
	bool bare = answer->is_head || !status_has_body(answer->status) || answer->status == 205;
	uint64_t length = 0;
	enum framing framing;
	bool ok;

	reply->rendered = true;
	if (answer->body == ANSWER_BROKEN) {
		ok = add_bytes(&head, answer->text, answer->text_length);
		reply->bytes = head.bytes;
		reply->length = (uint32_t)head.used;
		return ok;
	}
	framing = plan_body(reply, &length);
	ok = add_short_body(&body, reply, counts);
	length += body.used;
	if (answer->status == 205)
		length = 0;
	ok = ok && add_head(&head, answer, framing, length);
	if (bare) {
		reply->left = 0;
		reply->framed = false;
	} else if (body.used) {
		ok = ok && add_bytes(&head, body.bytes, body.used);
	}
	free(body.bytes);
	reply->bytes = head.bytes;
	reply->length = (uint32_t)head.used;
	return ok;
}

/* ---- what to send next ---- */

/* How long the second part of a split head waits: long enough that no receiver reads both at once. */
#define SPLIT_GAP_NS (5 * NS_PER_MS)

static size_t put(struct reply *reply, const void *bytes, size_t length)
{
	if (!length)
		return 0;
	reply->iov[reply->iov_count++] =
	    (struct iovec){.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
	return length;
}

static size_t put_pattern(struct reply *reply, uint64_t most)
{
	size_t length = most < PATTERN_BYTES ? (size_t)most : PATTERN_BYTES;
	const char *from = pattern() + reply->payload % PATTERN_PERIOD;

	reply->payload += length;
	reply->left -= length;
	return put(reply, from, length);
}

static size_t put_text(struct reply *reply, const char *text)
{
	return put(reply, text, strlen(text));
}

/* Fills iov with chunks, as many as fit and may go out. */
static size_t put_chunks(struct reply *reply, size_t total)
{
	while (reply->iov_count + 3 <= REPLY_IOV && total < REPLY_PIECE_MAX) {
		if (!reply->chunk_left) {
			if (!reply->left || !reply->may_start)
				break;
			bool whole = reply->left >= reply->chunk_bytes;

			reply->chunk_left = whole ? reply->chunk_bytes : reply->left;
			reply->may_start = !reply->paced;
			total += put_text(reply, whole ? reply->prefix : reply->last_prefix);
		}
		uint64_t before = reply->left;

		total += put_pattern(reply, reply->chunk_left);
		reply->chunk_left -= before - reply->left;
		if (!reply->chunk_left)
			total += put_text(reply, reply->suffix);
	}
	if (reply->framed && !reply->left && !reply->ended && reply->iov_count < REPLY_IOV) {
		total += put_text(reply, "0\r\n\r\n");
		reply->ended = true;
	}
	return total;
}

static size_t put_head(struct reply *reply, uint64_t now_ns)
{
	uint32_t until = reply->length;

	if (reply->answer.split && reply->answer.split < until && reply->sent < reply->answer.split) {
		until = reply->answer.split;
		reply->due_ns = now_ns + SPLIT_GAP_NS;
	}
	size_t total = put(reply, reply->bytes + reply->sent, until - reply->sent);

	reply->sent = until;
	return total;
}

enum reply_step reply_next(struct reply *reply, uint64_t now_ns)
{
	size_t total = 0;

	reply->iov_count = 0;
	if (reply->sent && reply->sent < reply->length && reply->due_ns > now_ns)
		return REPLY_WAIT;
	if (reply->paced && !reply->due_ns) {
		reply->due_ns = now_ns + reply->answer.gap_ns;
	} else if (reply->paced && !reply->may_start && reply->due_ns <= now_ns) {
		reply->may_start = true;
		reply->due_ns += reply->answer.gap_ns;
	}
	if (reply->sent < reply->length)
		total = put_head(reply, now_ns);
	if (reply->sent < reply->length)
		return REPLY_SEND;
	if (reply->chunk_bytes)
		put_chunks(reply, total);
	else
		while (reply->left && reply->iov_count < REPLY_IOV && total < REPLY_PIECE_MAX)
			total += put_pattern(reply, reply->left);
	if (reply->iov_count)
		return REPLY_SEND;
	return reply->left || (reply->framed && !reply->ended) ? REPLY_WAIT : REPLY_DONE;
}

bool reply_sent(struct reply *reply, size_t bytes)
{
	unsigned gone = 0;

	while (gone < reply->iov_count && bytes >= reply->iov[gone].iov_len)
		bytes -= reply->iov[gone++].iov_len;
	memmove(reply->iov, reply->iov + gone, (reply->iov_count - gone) * sizeof(reply->iov[0]));
	reply->iov_count -= gone;
	if (reply->iov_count) {
		reply->iov[0].iov_base = (char *)reply->iov[0].iov_base + bytes;
		reply->iov[0].iov_len -= bytes;
	}
	return !reply->iov_count;
}
