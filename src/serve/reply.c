/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "serve/pattern.h"
#include "serve/render.h"

struct reply *reply_new(const struct response *response)
{
	struct reply *reply = calloc(1, sizeof(*reply) + response->text_length);

	if (!reply)
		return NULL;
	reply->response = *response;
	if (response->text_length)
		memcpy(reply->text, response->text, response->text_length);
	reply->response.text = reply->text;
	reply->uncounted = response->body == RESPONSE_COUNTS;
	return reply;
}

struct reply *reply_new_continue(void)
{
	static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct response response = {.no_hold = true};
	struct reply *reply = reply_new(&response);

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

static void plan_chunks(struct reply *reply)
{
	const struct response *response = &reply->response;
	uint64_t around = response->sse ? 8 : 0; /* "data: " and two newlines */
	const char *start = response->sse ? "data: " : "";
	uint64_t last;

	reply->framed = !response->no_chunks;
	reply->chunk_bytes = response->chunk_bytes - around;
	reply->left =
	    response->body == RESPONSE_STREAM ? response->chunks * reply->chunk_bytes : response->length;
	reply->paced = response->gap_ns > 0;
	reply->may_start = true;
	last = reply->left % reply->chunk_bytes;
	if (reply->framed) {
		snprintf(reply->prefix, sizeof(reply->prefix), "%" PRIx64 "\r\n%s", response->chunk_bytes,
			 start);
		snprintf(reply->last_prefix, sizeof(reply->last_prefix), "%" PRIx64 "\r\n%s", last + around,
			 start);
		reply->suffix = response->sse ? "\n\n\r\n" : "\r\n";
	} else {
		snprintf(reply->prefix, sizeof(reply->prefix), "%s", start);
		memcpy(reply->last_prefix, reply->prefix, sizeof(reply->prefix));
		reply->suffix = response->sse ? "\n\n" : "";
	}
}

/* Chooses the framing and what comes from the pattern. */
static enum framing plan_body(struct reply *reply, uint64_t *lengthp)
{
	const struct response *response = &reply->response;

	switch (response->body) {
	case RESPONSE_PLAIN:
	case RESPONSE_PATTERN:
		reply->left = *lengthp = response->length;
		return FRAMING_LENGTH;
	case RESPONSE_UNBOUNDED:
		reply->left = response->length;
		return FRAMING_CLOSE;
	case RESPONSE_CHUNKED:
	case RESPONSE_STREAM:
		plan_chunks(reply);
		return reply->framed ? FRAMING_CHUNKED : FRAMING_CLOSE;
	default:
		return FRAMING_LENGTH;
	}
}

bool reply_render(struct reply *reply, const struct serve_counts *counts)
{
	struct render_text head = {0}, body = {0};
	const struct response *response = &reply->response;
	bool bare = response->is_head || !render_has_body(response->status) || response->status == 205;
	uint64_t length = 0;
	enum framing framing;
	bool ok;

	reply->rendered = true;
	if (response->body == RESPONSE_BROKEN) {
		ok = render_add(&head, response->text, response->text_length);
		reply->bytes = head.bytes;
		reply->length = (uint32_t)head.used;
		return ok;
	}
	framing = plan_body(reply, &length);
	ok = render_short_body(&body, response, counts);
	length += body.used;
	if (response->status == 205)
		length = 0;
	ok = ok && render_head(&head, response, framing, length);
	if (bare) {
		reply->left = 0;
		reply->framed = false;
	} else if (body.used) {
		ok = ok && render_add(&head, body.bytes, body.used);
	}
	free(body.bytes);
	reply->bytes = head.bytes;
	reply->length = (uint32_t)head.used;
	return ok;
}

/* ---- the next piece ---- */

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

/* Fills iov with as many chunks as fit and may be sent. */
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

	if (reply->response.split && reply->response.split < until && reply->sent < reply->response.split) {
		until = reply->response.split;
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
		reply->due_ns = now_ns + reply->response.gap_ns;
	} else if (reply->paced && !reply->may_start && reply->due_ns <= now_ns) {
		reply->may_start = true;
		reply->due_ns += reply->response.gap_ns;
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
