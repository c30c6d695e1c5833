/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Output: the life of the struct, requests, bodies, and the ends of streams and connections. */
#include <stdlib.h>
#include <string.h>

#include "proto/h2_call.h"
#include "proto/h2_inflate.h"

enum {
	CONTROL_ROOM = 2048,	/* output reserved for replies to SETTINGS and PING, and for resets */
	BATCH_ROOM = 32 * 1024, /* output for requests, if that many can be in flight */
};

/* ---- life ---- */

/* The most bytes that a request takes, without its body. */
static size_t longest_frames(const struct h2_request *request)
{
	return request->farewell.length > request->first.length ? request->farewell.length
								: request->first.length;
}

static uint32_t output_size(const struct h2_config *config)
{
	const struct h2_request *request = config->request;
	size_t batch = (size_t)config->streams * request->rest.length;

	if (batch > BATCH_ROOM)
		batch = BATCH_ROOM;
	return (uint32_t)(CONTROL_ROOM + sizeof(H2_PREFACE) + 64 + batch + longest_frames(request) +
			  (request->body_length ? H2_UPLOAD_ROOM : 0));
}

static struct h2_calls *new_calls(uint32_t streams)
{
	size_t each = streams * sizeof(struct grpc_call);
	struct h2_calls *calls = calloc(1, sizeof(*calls) + each + streams * sizeof(*calls->heard));

	if (calls)
		calls->heard = (uint32_t *)(void *)(calls->each + streams);
	return calls;
}

struct h2 *h2_new(const struct h2_config *config, uint32_t streams)
{
	struct h2 *h = calloc(1, sizeof(*h));
	uint32_t slots = 1;

	if (!h)
		return NULL;
	while (slots < config->streams)
		slots *= 2;
	h->config = config;
	h->reads = config->grpc || config->body;
	h->asked = streams;
	h->mask = slots - 1;
	h->out_size = output_size(config);
	h->request_room = (uint32_t)longest_frames(config->request) + CONTROL_ROOM;
	h->out = malloc(h->out_size);
	h->streams = aligned_alloc(sizeof(*h->streams), slots * sizeof(*h->streams));
	if (config->request->body_length)
		h->sent = calloc(slots, sizeof(*h->sent));
	if (config->grpc)
		h->calls = new_calls(slots);
	if (!h->out || !h->streams || (config->request->body_length && !h->sent) ||
	    (config->grpc && !h->calls)) {
		h2_free(h);
		return NULL;
	}
	return h;
}

void h2_free(struct h2 *h)
{
	if (!h)
		return;
	h2_inflate_end(h->inflater);
	free(h->streams);
	free(h->sent);
	free(h->calls);
	free(h->payload);
	free(h->out);
	free(h);
}

static uint8_t *put_setting(uint8_t *to, enum h2_setting name, uint32_t value)
{
	*to++ = 0;
	*to++ = (uint8_t)name;
	return h2_put32(to, value);
}

/* RFC 9113 section 3.4. Raises the window of the connection together with those of the streams. */
static void introduce(struct h2 *h)
{
	uint8_t *to = h->out;
	uint32_t window = h->config->window;

	memcpy(to, H2_PREFACE, strlen(H2_PREFACE));
	to = h2_put_head(to + strlen(H2_PREFACE), 12, H2_SETTINGS, 0, 0);
	to = put_setting(to, H2_ENABLE_PUSH, 0);
	to = put_setting(to, H2_INITIAL_WINDOW_SIZE, window);
	if (window > H2_WINDOW_START)
		to = h2_put32(h2_put_head(to, 4, H2_WINDOW_UPDATE, 0, 0), window - H2_WINDOW_START);
	h->out_to = (uint32_t)(to - h->out);
}

bool h2_begin(struct h2 *h)
{
	h2_inflate_end(h->inflater);
	h->inflater = h2_inflate_begin();
	for (uint32_t i = 0; i <= h->mask; i++)
		h->streams[i].id = 0;
	h->next_id = 1;
	h->open = h->uploads = h->next_upload = 0;
	h->window = h->server_window = H2_WINDOW_START;
	h->server_streams = UINT32_MAX;
	h->out_from = 0;
	h->primed = h->plain = h->farewell = h->spoke = h->going_away = h->has_reset = false;
	h2_share(h, h->others);
	h->credit = h->block_stream = h->block_have = h->payload_have = 0;
	h->head_have = 0;
	h->in_frame = false;
	h->first_frame = true;
	h->memo.size = 0;
	if (h->calls)
		h->calls->trailers.size = h->calls->heard_count = 0;
	introduce(h);
	return h->inflater;
}

/* ---- output ---- */

uint8_t *h2_room_for(struct h2 *h, uint32_t length, bool control)
{
	uint32_t kept = control ? 0 : CONTROL_ROOM;
	uint8_t *to = h->out + h->out_to;

	if (h->out_size - h->out_to < length + kept)
		return NULL;
	h->out_to += length;
	h->counts.frames_out++;
	return to;
}

void h2_taken(struct h2 *h, uint32_t bytes)
{
	h->out_from += bytes;
	if (h->out_from == h->out_to)
		h->out_from = h->out_to = 0;
}

void h2_pack(struct h2 *h)
{
	if (!h->out_from || h->out_size - h->out_to >= h->request_room)
		return;
	memmove(h->out, h->out + h->out_from, h->out_to - h->out_from);
	h->out_to -= h->out_from;
	h->out_from = 0;
}

/* ---- streams ---- */

static const struct h2_frames *next_frames(const struct h2 *h)
{
	const struct h2_request *request = h->config->request;

	if (h->plain)
		return h->farewell ? &request->farewell : &request->plain;
	return h->primed ? &request->rest : &request->first;
}

/* Stream ids may be skipped (RFC 9113 section 5.1.1), as is one whose slot is still occupied. */
static uint32_t free_id(const struct h2 *h)
{
	uint32_t id = h->next_id;

	while (h->streams[(id >> 1) & h->mask].id)
		id += 2;
	return id;
}

void h2_share(struct h2 *h, uint32_t others)
{
	uint32_t own = h->asked > others ? h->asked - others : 0;

	h->others = others;
	h->limit = h2_least(own, h->spoke ? h->server_streams : H2_STREAMS_UNTOLD);
}

void h2_retire(struct h2 *h)
{
	h->going_away = true;
	h->last_id = H2_ID_MAX;
}

struct h2_stream *h2_open(struct h2 *h)
{
	const struct h2_frames *frames = next_frames(h);
	uint32_t id = free_id(h);
	struct h2_stream *stream = &h->streams[(id >> 1) & h->mask];
	uint8_t *to;

	to = h2_room_for(h, (uint32_t)frames->length, false);
	h2_frames_put(to, frames, id);
	h->primed = true;
	h->farewell = false;
	h->next_id = id + 2;
	h->open++;
	*stream = (struct h2_stream){.id = id, .window = (int32_t)h->server_window};
	if (h->calls)
		h2_call_open(h, stream);
	if (h->sent) {
		h->sent[stream - h->streams] = 0;
		h->uploads++;
	} else {
		stream->flags = H2S_SENT_ALL;
	}
	if (h->next_id > H2_ID_MAX - 2 * (h->mask + 1)) /* RFC 9113 section 5.1.1: a new connection */
		h2_retire(h);
	return stream;
}

void h2_close(struct h2 *h, struct h2_stream *stream)
{
	if (!(stream->flags & H2S_SENT_ALL))
		h->uploads--;
	stream->id = 0;
	h->open--;
}

static bool put_reset(struct h2 *h, const struct h2_stream *stream, enum h2_code code)
{
	uint8_t *to = h2_room_for(h, H2_FRAME_HEAD + 4, true);

	h->has_reset = true;
	if (to)
		h2_put32(h2_put_head(to, 4, H2_RST_STREAM, 0, stream->id), code);
	return to;
}

void h2_cancel(struct h2 *h, const struct h2_stream *stream, enum h2_code code)
{
	put_reset(h, stream, code);
}

/* ---- bodies ---- */

/* The next DATA frame of a body. False: the window or the output is full. */
static bool put_data(struct h2 *h, struct h2_stream *stream)
{
	const struct h2_request *request = h->config->request;
	uint32_t *sent = &h->sent[stream - h->streams];
	size_t ready = h->calls ? h2_call_of(h, stream)->ready : request->body_length;
	size_t left = ready - *sent;
	bool last;
	uint32_t room = h->out_size - h->out_to, most = H2_FRAME_MAX;
	uint8_t *to;

	if (room < CONTROL_ROOM + H2_FRAME_HEAD + 1)
		return false;
	room -= CONTROL_ROOM + H2_FRAME_HEAD;
	if (most > room)
		most = room;
	if (stream->window <= 0 || h->window <= 0 || !left)
		return false;
	if (most > (uint32_t)stream->window)
		most = (uint32_t)stream->window;
	if (most > h->window)
		most = (uint32_t)h->window;
	if (most > left)
		most = (uint32_t)left;
	last = *sent + most == request->body_length;
	to = h2_room_for(h, H2_FRAME_HEAD + most, false);
	to = h2_put_head(to, most, H2_DATA, last ? H2_END_STREAM : 0, stream->id);
	memcpy(to, request->body + *sent, most);
	*sent += most;
	stream->window -= (int32_t)most;
	h->window -= most;
	if (last) {
		stream->flags |= H2S_SENT_ALL;
		h->uploads--;
	}
	return true;
}

void h2_upload(struct h2 *h)
{
	for (uint32_t i = 0; i <= h->mask && h->uploads; i++) {
		struct h2_stream *stream = &h->streams[(h->next_upload + i) & h->mask];

		if (!stream->id)
			continue;
		while (!(stream->flags & H2S_SENT_ALL) && put_data(h, stream))
			;
		if (h->out_size - h->out_to <= CONTROL_ROOM + H2_FRAME_HEAD) {
			h->next_upload = (uint32_t)(stream - h->streams); /* continues where it stopped */
			return;
		}
	}
}

/* ---- breaches ---- */

static enum h2_code code_of(enum h2_error error)
{
	switch (error) {
	case H2_ERROR_FRAME_TOO_LONG:
	case H2_ERROR_FRAME_LENGTH:
		return H2_FRAME_SIZE_ERROR;
	case H2_ERROR_STREAM_ENDED:
		return H2_STREAM_CLOSED;
	case H2_ERROR_WINDOW_SETTING:
	case H2_ERROR_WINDOW:
	case H2_ERROR_WINDOW_OVERFLOW:
	case H2_ERROR_STREAM_WINDOW:
	case H2_ERROR_STREAM_WINDOW_OVERFLOW:
		return H2_FLOW_CONTROL_ERROR;
	case H2_ERROR_COMPRESSION:
		return H2_COMPRESSION_ERROR;
	case H2_ERROR_BLOCK_TOO_LONG:
	case H2_ERROR_FLOOD:
		return H2_ENHANCE_YOUR_CALM;
	case H2_ERROR_MEMORY:
		return H2_INTERNAL_ERROR;
	default:
		return H2_PROTOCOL_ERROR;
	}
}

enum h2_progress h2_breaks(struct h2 *h, enum h2_error error)
{
	uint8_t *to = h2_room_for(h, H2_FRAME_HEAD + 8, true);

	h->error = (uint8_t)error;
	if (to)
		h2_put32(h2_put32(h2_put_head(to, 8, H2_GOAWAY, 0, 0), 0), code_of(error));
	return H2_BROKEN;
}

enum h2_progress h2_malformed(struct h2 *h, const struct h2_stream *stream, enum h2_error error)
{
	if (!put_reset(h, stream, code_of(error)))
		return h2_breaks(h, H2_ERROR_FLOOD);
	h->error = (uint8_t)error;
	return H2_MALFORMED;
}
