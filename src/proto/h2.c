/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Input: frames, however the bytes are cut. */
#include "proto/h2_call.h"

#include <stdlib.h>
#include <string.h>

/* The window of the connection starts at 65535 and can only grow. */
static uint32_t connection_window(const struct h2 *h)
{
	return h->config->window > H2_WINDOW_START ? h->config->window : H2_WINDOW_START;
}

static bool put_window_update(struct h2 *h, uint32_t stream, uint32_t bytes)
{
	uint8_t *to = h2_room_for(h, H2_FRAME_HEAD + 4, true);

	if (to)
		h2_put32(h2_put_head(to, 4, H2_WINDOW_UPDATE, 0, stream), bytes);
	return to;
}

/* ---- DATA ---- */

/* A frame with counted content has ended. */
static enum h2_progress data_ended(struct h2 *h, struct h2_stream *stream)
{
	if (h->content && stream->flags & H2S_NO_BODY)
		return h2_malformed(h, stream, H2_ERROR_DATA_UNWANTED);
	stream->body_bytes += h->content;
	if (stream->flags & H2S_LENGTH && !(stream->flags & H2S_NO_BODY) &&
	    stream->body_bytes > stream->length)
		return h2_malformed(h, stream, H2_ERROR_DATA_LENGTH);
	if (h->flags & H2_END_STREAM)
		return h2_ends(h, stream);
	if (stream->credit >= (h->config->window + 1) / 2) {
		if (!put_window_update(h, stream->id, stream->credit))
			return h2_breaks(h, H2_ERROR_FLOOD);
		stream->credit = 0;
	}
	return H2_MORE;
}

/* `have` bytes of the payload stand at `at`, of which the last ones may be padding. */
static enum h2_error read_content(struct h2 *h, const uint8_t *at, uint32_t have, struct h2_stream **streamp)
{
	uint32_t content = h->left >= h->padding ? have : have - h2_least(have, h->padding - h->left);

	*streamp = h2_find(h, h->stream_id);
	if (!*streamp)
		return H2_OK;
	if (h->calls)
		return h2_call_data(h, *streamp, at, content);
	if (content && !((*streamp)->flags & H2S_NO_BODY))
		h->config->body(h->config->body_context, h, *streamp, at, content);
	return H2_OK;
}

/* Skips the payload, and counts its content when all of it has arrived. */
static enum h2_progress data_bytes(struct h2 *h, const uint8_t **at, const uint8_t *end,
				   struct h2_stream **streamp)
{
	enum h2_error error;
	uint32_t have;

	if (h->padded) {
		uint8_t padding;

		if (*at == end)
			return H2_MORE;
		padding = *(*at)++;
		h->left--;
		h->padded = false;
		if (padding > h->left)
			return h2_breaks(h, H2_ERROR_PADDING);
		h->content = h->left - padding;
		h->padding = padding;
	}
	have = h2_least((uint32_t)(end - *at), h->left);
	*at += have;
	h->left -= have;
	h->in_frame = h->left;
	if (h->reads && (error = read_content(h, *at - have, have, streamp)) != H2_OK)
		return h2_malformed(h, *streamp, error);
	if (h->left)
		return H2_MORE;
	*streamp = h2_find(h, h->stream_id);
	return *streamp ? data_ended(h, *streamp) : H2_MORE;
}

/* Padding counts as well (RFC 9113 section 6.1), and so does DATA of abandoned streams. */
static enum h2_progress data_begins(struct h2 *h, const uint8_t **at, const uint8_t *end,
				    struct h2_stream **streamp)
{
	struct h2_stream *stream = *streamp = h2_find(h, h->stream_id);
	uint32_t length = h->left;

	h->credit += length;
	if (h->credit > connection_window(h))
		return h2_breaks(h, H2_ERROR_WINDOW);
	if (h->credit >= connection_window(h) / 2) {
		if (!put_window_update(h, 0, h->credit))
			return h2_breaks(h, H2_ERROR_FLOOD);
		h->credit = 0;
	}
	if (!stream && !h->has_reset)
		return h2_breaks(h, H2_ERROR_STREAM_ENDED);
	h->in_frame = true;
	h->padded = h->flags & H2_PADDED;
	h->content = length;
	h->padding = 0;
	if (h->padded && !length)
		return h2_breaks(h, H2_ERROR_PADDING);
	if (stream) {
		stream->credit += length;
		if (!(stream->flags & H2S_HEAD))
			return h2_malformed(h, stream, H2_ERROR_DATA_FIRST);
		if (stream->credit > h->config->window)
			return h2_malformed(h, stream, H2_ERROR_STREAM_WINDOW);
	}
	return data_bytes(h, at, end, streamp);
}

/* ---- header blocks ---- */

/* Room for `length` bytes in h->payload. */
static bool grow_payload(struct h2 *h, uint32_t length)
{
	uint32_t size = h->payload_size ? h->payload_size : 1024;
	uint8_t *grown;

	if (h->payload && length <= h->payload_size)
		return true;
	while (size < length)
		size *= 2;
	grown = realloc(h->payload, size);
	if (!grown)
		return false;
	h->payload = grown;
	h->payload_size = size;
	return true;
}

/* A part of a header block that continues. `at` may point into h->payload. */
static enum h2_progress keep_block(struct h2 *h, const uint8_t *at, uint32_t length)
{
	bool inside = h->payload && at >= h->payload && at < h->payload + h->payload_size;
	size_t offset = inside ? (size_t)(at - h->payload) : 0;

	if (h->block_have + length > H2_BLOCK_MAX || ++h->continuations > H2_CONTINUATIONS_MAX)
		return h2_breaks(h, H2_ERROR_BLOCK_TOO_LONG);
	if (!grow_payload(h, h->block_have + length))
		return h2_breaks(h, H2_ERROR_MEMORY);
	if (length)
		memmove(h->payload + h->block_have, inside ? h->payload + offset : at, length);
	h->block_have += length;
	return H2_MORE;
}

static enum h2_progress block_complete(struct h2 *h, const uint8_t *block, uint32_t length,
				       struct h2_stream **streamp)
{
	*streamp = h2_find(h, h->stream_id);
	if (!*streamp && !h->has_reset)
		return h2_breaks(h, H2_ERROR_STREAM_ENDED);
	return h2_block(h, *streamp, block, length, h->block_ends);
}

static enum h2_progress headers(struct h2 *h, const uint8_t *at, uint32_t length, struct h2_stream **streamp)
{
	uint32_t padding = 0;

	if (h->flags & H2_PADDED) {
		if (!length)
			return h2_breaks(h, H2_ERROR_PADDING);
		padding = *at++;
		length--;
	}
	if (h->flags & H2_WITH_PRIORITY) {
		if (length < 5)
			return h2_breaks(h, H2_ERROR_FRAME_LENGTH);
		at += 5;
		length -= 5;
	}
	if (padding > length)
		return h2_breaks(h, H2_ERROR_PADDING);
	length -= padding;
	h->block_ends = h->flags & H2_END_STREAM;
	if (h->flags & H2_END_HEADERS)
		return block_complete(h, at, length, streamp);
	h->block_stream = h->stream_id;
	h->block_have = 0;
	h->continuations = 0;
	return keep_block(h, at, length);
}

static enum h2_progress continuation(struct h2 *h, const uint8_t *at, uint32_t length,
				     struct h2_stream **streamp)
{
	enum h2_progress progress = keep_block(h, at, length);
	uint32_t have = h->block_have;

	if (progress != H2_MORE || !(h->flags & H2_END_HEADERS))
		return progress;
	h->block_stream = 0;
	h->block_have = 0;
	return block_complete(h, h->payload, have, streamp);
}

/* ---- frames ---- */

/* The payload is complete. */
static enum h2_progress take_frame(struct h2 *h, const uint8_t *at, uint32_t length,
				   struct h2_stream **streamp)
{
	switch (h->type) {
	case H2_HEADERS:
		return headers(h, at, length, streamp);
	case H2_CONTINUATION:
		return continuation(h, at, length, streamp);
	default:
		return h2_control(h, at, length, streamp);
	}
}

/* The required length of frame types that have one. */
static bool length_right(const struct h2 *h)
{
	switch (h->type) {
	case H2_PRIORITY:
		return h->left == 5;
	case H2_RST_STREAM:
	case H2_WINDOW_UPDATE:
		return h->left == 4;
	case H2_SETTINGS:
		return h->left % 6 == 0 && (!(h->flags & H2_ACK) || !h->left);
	case H2_PING:
		return h->left == 8;
	case H2_GOAWAY:
		return h->left >= 8;
	default:
		return true;
	}
}

/* Checks that the frame's type allows its stream. */
static enum h2_error check_stream(const struct h2 *h)
{
	switch (h->type) {
	case H2_SETTINGS:
	case H2_PING:
	case H2_GOAWAY:
		return h->stream_id ? H2_ERROR_STREAM_GIVEN : H2_OK;
	case H2_WINDOW_UPDATE:
		if (!h->stream_id)
			return H2_OK;
		break;
	case H2_PRIORITY:
		return h->stream_id ? H2_OK : H2_ERROR_STREAM_ZERO;
	case H2_DATA:
	case H2_HEADERS:
	case H2_RST_STREAM:
	case H2_CONTINUATION:
		break;
	default:
		return H2_OK;
	}
	if (!h->stream_id)
		return H2_ERROR_STREAM_ZERO;
	if (!(h->stream_id & 1))
		return H2_ERROR_STREAM_EVEN;
	return h->stream_id < h->next_id ? H2_OK : H2_ERROR_STREAM_IDLE;
}

static enum h2_error check_frame(const struct h2 *h)
{
	if (h->first_frame && (h->type != H2_SETTINGS || h->flags & H2_ACK))
		return H2_ERROR_NO_SETTINGS;
	if (h->left > H2_FRAME_MAX)
		return H2_ERROR_FRAME_TOO_LONG;
	if (h->block_stream ? h->type != H2_CONTINUATION || h->stream_id != h->block_stream
			    : h->type == H2_CONTINUATION)
		return H2_ERROR_CONTINUATION;
	if (h->type == H2_PUSH_PROMISE)
		return H2_ERROR_PUSH;
	if (!length_right(h))
		return H2_ERROR_FRAME_LENGTH;
	return check_stream(h);
}

/* The nine bytes of a frame's head. */
static enum h2_progress frame_begins(struct h2 *h, const uint8_t *head)
{
	enum h2_error error;

	if (h->first_frame && !memcmp(head, "HTTP/", 5))
		return h2_breaks(h, H2_ERROR_HTTP1);
	h->left = h2_get24(head);
	h->type = head[3];
	h->flags = head[4];
	h->stream_id = h2_get32(head + 5) & H2_ID_MAX;
	h->counts.frames_in++;
	error = check_frame(h);
	h->first_frame = false;
	return error ? h2_breaks(h, error) : H2_MORE;
}

/* Collects the payload of a frame that arrives in pieces, behind the header block collected so far. */
static enum h2_progress rest_of_frame(struct h2 *h, const uint8_t **at, const uint8_t *end,
				      struct h2_stream **streamp)
{
	uint32_t have = h2_least((uint32_t)(end - *at), h->left);
	uint32_t length;

	memcpy(h->payload + h->block_have + h->payload_have, *at, have);
	*at += have;
	h->left -= have;
	h->payload_have += have;
	if (h->left)
		return H2_MORE;
	h->in_frame = false;
	length = h->payload_have;
	h->payload_have = 0;
	return take_frame(h, h->payload + h->block_have, length, streamp);
}

static enum h2_progress next_frame(struct h2 *h, const uint8_t **at, const uint8_t *end,
				   struct h2_stream **streamp)
{
	const uint8_t *head = *at;
	enum h2_progress progress;

	if (!h->head_have && end - head >= H2_FRAME_HEAD) {
		*at += H2_FRAME_HEAD;
	} else {
		uint32_t more = h2_least((uint32_t)(end - head), H2_FRAME_HEAD - h->head_have);

		memcpy(h->head + h->head_have, head, more);
		*at += more;
		h->head_have = (uint8_t)(h->head_have + more);
		if (h->head_have < H2_FRAME_HEAD)
			return H2_MORE;
		h->head_have = 0;
		head = h->head;
	}
	progress = frame_begins(h, head);
	if (progress != H2_MORE)
		return progress;
	if (h->type == H2_DATA)
		return data_begins(h, at, end, streamp);
	if ((uint32_t)(end - *at) >= h->left) {
		const uint8_t *payload = *at;

		*at += h->left;
		return take_frame(h, payload, h->left, streamp);
	}
	if (!grow_payload(h, h->block_have + h->left))
		return h2_breaks(h, H2_ERROR_MEMORY);
	h->in_frame = true;
	return H2_MORE;
}

enum h2_progress h2_feed(struct h2 *h, const uint8_t **at, const uint8_t *end, struct h2_stream **streamp)
{
	enum h2_progress progress = H2_MORE;

	while (progress == H2_MORE && *at < end) {
		if (!h->in_frame)
			progress = next_frame(h, at, end, streamp);
		else if (h->type == H2_DATA)
			progress = data_bytes(h, at, end, streamp);
		else
			progress = rest_of_frame(h, at, end, streamp);
	}
	return progress;
}
