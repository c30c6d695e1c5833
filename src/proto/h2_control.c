/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Frames that are not part of a response. */
#include <string.h>

#include "proto/h2.h"

/* Open streams get the difference (RFC 9113 section 6.9.2). */
static bool change_windows(struct h2 *h, uint32_t to)
{
	int64_t more = (int64_t)to - h->server_window;

	h->server_window = to;
	for (uint32_t i = 0; i <= h->mask; i++) {
		struct h2_stream *stream = &h->streams[i];

		if (!stream->id)
			continue;
		if (stream->window + more > H2_WINDOW_MAX)
			return false;
		stream->window = (int32_t)(stream->window + more);
	}
	return true;
}

static enum h2_error apply_setting(struct h2 *h, uint32_t name, uint32_t value)
{
	switch (name) {
	case H2_HEADER_TABLE_SIZE:
		if (value < H2_TABLE_START && !h->plain)
			h->plain = h->farewell = true;
		break;
	case H2_ENABLE_PUSH:
		if (value)
			return H2_ERROR_SETTING;
		break;
	case H2_MAX_CONCURRENT_STREAMS:
		h->server_streams = value;
		break;
	case H2_INITIAL_WINDOW_SIZE:
		if (value > H2_WINDOW_MAX)
			return H2_ERROR_WINDOW_SETTING;
		if (!change_windows(h, value))
			return H2_ERROR_STREAM_WINDOW_OVERFLOW;
		break;
	case H2_MAX_FRAME_SIZE:
		if (value < H2_FRAME_MAX || value > 0xffffff)
			return H2_ERROR_SETTING;
		break;
	default: /* unknown: RFC 9113 section 6.5.2 */
		break;
	}
	return H2_OK;
}

static enum h2_progress settings(struct h2 *h, const uint8_t *at, uint32_t length)
{
	uint8_t *to;

	if (h->flags & H2_ACK)
		return H2_MORE;
	for (; length; length -= 6, at += 6) {
		enum h2_error error = apply_setting(h, (uint32_t)at[0] << 8 | at[1], h2_get32(at + 2));

		if (error)
			return h2_breaks(h, error);
	}
	h->spoke = true;
	h2_share(h, h->others);
	to = h2_room_for(h, H2_FRAME_HEAD, true);
	if (!to)
		return h2_breaks(h, H2_ERROR_FLOOD);
	h2_put_head(to, 0, H2_SETTINGS, H2_ACK, 0);
	return H2_MORE;
}

static enum h2_progress ping(struct h2 *h, const uint8_t *at)
{
	uint8_t *to;

	if (h->flags & H2_ACK)
		return H2_MORE;
	to = h2_room_for(h, H2_FRAME_HEAD + 8, true);
	if (!to)
		return h2_breaks(h, H2_ERROR_FLOOD);
	memcpy(h2_put_head(to, 8, H2_PING, H2_ACK, 0), at, 8);
	return H2_MORE;
}

/* A second GOAWAY may lower the last stream, never raise it (RFC 9113 section 6.8). */
static enum h2_progress goaway(struct h2 *h, const uint8_t *at)
{
	uint32_t last = h2_get32(at) & H2_ID_MAX;

	h->last_id = h->going_away ? h2_least(h->last_id, last) : last;
	h->going_away = true;
	h->code = h2_get32(at + 4);
	return H2_AWAY;
}

static enum h2_progress window_update(struct h2 *h, const uint8_t *at, struct h2_stream **streamp)
{
	uint32_t more = h2_get32(at) & H2_WINDOW_MAX;
	struct h2_stream *stream;

	if (!h->stream_id) {
		if (!more)
			return h2_breaks(h, H2_ERROR_WINDOW_UPDATE);
		if (h->window + more > H2_WINDOW_MAX)
			return h2_breaks(h, H2_ERROR_WINDOW_OVERFLOW);
		h->window += more;
		return H2_MORE;
	}
	stream = *streamp = h2_find(h, h->stream_id);
	if (!stream)
		return H2_MORE;
	if (!more)
		return h2_malformed(h, stream, H2_ERROR_STREAM_WINDOW_UPDATE);
	if ((int64_t)stream->window + more > H2_WINDOW_MAX)
		return h2_malformed(h, stream, H2_ERROR_STREAM_WINDOW_OVERFLOW);
	stream->window += (int32_t)more;
	return H2_MORE;
}

enum h2_progress h2_control(struct h2 *h, const uint8_t *at, uint32_t length, struct h2_stream **streamp)
{
	switch (h->type) {
	case H2_SETTINGS:
		return settings(h, at, length);
	case H2_PING:
		return ping(h, at);
	case H2_GOAWAY:
		return goaway(h, at);
	case H2_WINDOW_UPDATE:
		return window_update(h, at, streamp);
	case H2_RST_STREAM:
		h->code = h2_get32(at);
		*streamp = h2_find(h, h->stream_id);
		return *streamp ? H2_RESET : H2_MORE;
	default: /* PRIORITY, and unknown types (RFC 9113 section 4.1) */
		return H2_MORE;
	}
}
