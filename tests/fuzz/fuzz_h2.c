/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The client side of an HTTP/2 connection. Input: a byte of flags (1: HEAD, 2: a body, 4: a small window,
 * three bits: streams, 64: gRPC, 128: whose responses have one message), three bytes for the lengths of
 * the pieces, then what the server sends after its first SETTINGS. It is read whole and in pieces; both
 * must give the same result.
 */
#include "fuzz.h"
#include "proto/h2_call.h"
#include "proto/h2_inflate.h"

enum { PREFIX = 4, STREAMS_MAX = 8, EVENTS_MAX = 100000 };

static const uint8_t first_frame[H2_FRAME_HEAD] = {0, 0, 0, H2_SETTINGS};

struct story {
	uint64_t events, hash, messages;
	uint64_t content; /* hash of the bodies, without gRPC */
	struct h2_counts counts;
	enum h2_progress last;
	uint32_t open, limit, next_id, code, last_id;
	int64_t window;
	uint8_t error;
	bool going_away;
};

struct input {
	struct h2_request request;
	struct h2_config config;
	const uint8_t *bytes;
	size_t length;
	uint8_t pieces[3];
};

static void tell(struct story *story, uint64_t value)
{
	story->hash = (story->hash ^ value) * 0x100000001b3;
}

static void take_content(void *context, const struct h2 *h, struct h2_stream *stream, const uint8_t *bytes,
			 uint32_t length)
{
	struct story *story = context;

	MUST(stream == h2_find(h, stream->id) && stream->flags & H2S_HEAD && length);
	for (uint32_t i = 0; i < length; i++)
		story->content = (story->content ^ stream->id ^ bytes[i]) * 0x100000001b3;
}

static void open_streams(struct h2 *h)
{
	uint32_t length;

	while (h2_room(h))
		h2_open(h);
	if (h->uploads)
		h2_upload(h);
	h2_output(h, &length);
	h2_taken(h, length);
	MUST(h->out_from == 0 && h->out_to == 0);
}

/* Invariants whenever the bytes are used up or an event has occurred. */
static void must_hold(const struct h2 *h)
{
	uint32_t open = 0, uploads = 0;

	for (uint32_t i = 0; i <= h->mask; i++) {
		const struct h2_stream *stream = &h->streams[i];

		if (!stream->id)
			continue;
		open++;
		uploads += !(stream->flags & H2S_SENT_ALL);
		MUST(stream->id < h->next_id && stream->id & 1 && (stream->id >> 1 & h->mask) == i);
		MUST(!(stream->flags & H2S_HEAD) || (stream->status >= 200 && stream->status <= 999));
	}
	MUST(open == h->open && uploads == h->uploads);
	MUST(h->out_from <= h->out_to && h->out_to <= h->out_size);
	MUST(h->window <= H2_WINDOW_MAX);
	MUST(h->block_have <= H2_BLOCK_MAX && h->block_have + h->payload_have <= h->payload_size);
}

/* Calls with new messages are listed once each. */
static void take_messages(struct h2 *h, struct story *story)
{
	for (uint32_t i = 0; h->calls && i < h->calls->heard_count; i++) {
		struct grpc_call *call = &h->calls->each[h->calls->heard[i]];

		MUST(h->calls->heard[i] <= h->mask && h->streams[h->calls->heard[i]].id);
		MUST(call->messages > call->told);
		story->messages += call->messages - call->told;
		call->told = call->messages;
	}
	if (h->calls)
		h->calls->heard_count = 0;
}

/* False: the connection is broken. */
static bool feed(struct h2 *h, struct story *story, const uint8_t *at, const uint8_t *end)
{
	struct h2_stream *stream = NULL;

	do {
		const uint8_t *before = at;

		story->last = h2_feed(h, &at, end, &stream);
		MUST(at >= before && at <= end);
		must_hold(h);
		take_messages(h, story);
		if (story->last == H2_MORE)
			break;
		MUST(++story->events < EVENTS_MAX);
		tell(story, story->last);
		if (story->last >= H2_BEGUN && story->last <= H2_MALFORMED) {
			MUST(stream && stream->id);
			tell(story, stream->id);
			tell(story, stream->status);
			tell(story, stream->body_bytes);
			if (h->calls)
				tell(story,
				     h2_call_of(h, stream)->status << 8 | h2_call_of(h, stream)->messages);
		}
		if (story->last >= H2_COMPLETE && story->last <= H2_MALFORMED)
			h2_close(h, stream);
		if (story->last == H2_MALFORMED)
			MUST(h->error > H2_OK && h->error < H2_ERRORS && h2_error_text(h->error));
		if (story->last == H2_BROKEN)
			return false;
		open_streams(h);
	} while (true);
	MUST(at == end);
	return true;
}

static struct story read_it(const struct input *in, bool pieces)
{
	struct story story = {.hash = 0xcbf29ce484222325};
	struct h2_config config = in->config;
	struct h2 *h;
	size_t used = 0;
	bool goes_on;

	config.body = config.grpc ? NULL : take_content;
	config.body_context = &story;
	h = h2_new(&config, config.streams);
	MUST(h && h2_begin(h));
	open_streams(h);
	goes_on = feed(h, &story, first_frame, first_frame + sizeof(first_frame));
	for (size_t i = 0; goes_on && used < in->length; i = (i + 1) % sizeof(in->pieces)) {
		size_t count = pieces ? (size_t)in->pieces[i] + 1 : in->length;
		uint8_t *copy;

		if (count > in->length - used)
			count = in->length - used;
		copy = (uint8_t *)fuzz_string(in->bytes + used, count);
		goes_on = feed(h, &story, copy, copy + count);
		free(copy);
		used += count;
	}
	story.counts = h->counts;
	story.open = h->open;
	story.limit = h->limit;
	story.next_id = h->next_id;
	story.code = h->code;
	story.last_id = h->going_away ? h->last_id : 0;
	story.window = h->window;
	story.error = story.last == H2_BROKEN ? h->error : 0;
	story.going_away = h->going_away;
	MUST(h2_begin(h)); /* discards all remaining state */
	must_hold(h);
	h2_free(h);
	return story;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\nx: y\r\n\r\n",
			  head[] = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
	char post[400] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n";
	size_t post_head = strlen(post);
	struct story whole, cut;
	struct input in;
	bool made;

	if (size < PREFIX)
		return 0;
	in = (struct input){.bytes = data + PREFIX, .length = size - PREFIX};
	memcpy(in.pieces, data + 1, sizeof(in.pieces));
	if (data[0] & 2)
		made = h2_request_build(&in.request, post, post_head, post_head + 300, false);
	else if (data[0] & 1)
		made = h2_request_build(&in.request, head, strlen(head), strlen(head), true);
	else
		made = h2_request_build(&in.request, get, strlen(get), strlen(get), false);
	MUST(made);
	in.config = (struct h2_config){.request = &in.request,
				       .streams = 1 + (data[0] >> 3) % STREAMS_MAX,
				       .window = data[0] & 4 ? 100 : 1 << 20,
				       .grpc = data[0] & 64,
				       .each_message = data[0] & 64,
				       .one_message = data[0] & 128,
				       .longest_message = 1000};
	whole = read_it(&in, false);
	cut = read_it(&in, true);
	MUST(whole.events == cut.events && whole.hash == cut.hash && whole.messages == cut.messages);
	MUST(whole.content == cut.content);
	MUST(whole.last == cut.last && whole.error == cut.error);
	MUST(whole.open == cut.open && whole.limit == cut.limit && whole.next_id == cut.next_id);
	MUST(whole.window == cut.window && whole.going_away == cut.going_away &&
	     whole.last_id == cut.last_id);
	MUST(whole.counts.frames_in == cut.counts.frames_in);
	MUST(whole.counts.head_fields_in == cut.counts.head_fields_in);
	h2_request_deinit(&in.request);
	return 0;
}
