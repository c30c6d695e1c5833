/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "serve/http2_internal.h"
#include "serve/render.h"

enum { FRAME_HEADER = 9 }; /* bytes in front of each frame */

/* ---- the slots of streams in the hold ---- */

static bool take_slot(struct http2_stream *stream)
{
	struct http2_worker *http2 = stream->connection->worker->http2;
	uint32_t number = http2->slots_free;

	if (stream->slot)
		return true;
	if (number)
		http2->slots_free = (uint32_t)http2->slots[number - 1].next;
	else if (http2->slots_used < HTTP2_STREAMS_HELD)
		number = ++http2->slots_used;
	else
		return false;
	http2->slots[number - 1].stream = stream;
	stream->slot = number;
	return true;
}

static uint32_t hold_id(const struct http2_stream *stream)
{
	return stream->connection->worker->client_max + stream->slot - 1;
}

static void give_slot(struct http2_stream *stream)
{
	struct http2_worker *http2 = stream->connection->worker->http2;

	if (!stream->slot)
		return;
	http2->slots[stream->slot - 1].next = http2->slots_free;
	http2->slots_free = stream->slot;
	stream->slot = 0;
	stream->connection->held--;
}

static void stop_holding(struct http2_stream *stream)
{
	if (!stream->slot)
		return;
	hold_cancel(&stream->connection->worker->hold, hold_id(stream), clock_now_ns());
	give_slot(stream);
}

void http2_stream_free(struct http2_stream *stream)
{
	struct http2 *h = stream->connection;

	stop_holding(stream);
	if (stream->previous)
		stream->previous->next = stream->next;
	else
		h->first = stream->next;
	if (stream->next)
		stream->next->previous = stream->previous;
	http2_body_deinit(&stream->body);
	free(stream->path);
	free(stream);
}

/* ---- responses ---- */

static void reset(struct http2_stream *stream, uint32_t code)
{
	nghttp2_submit_rst_stream(stream->connection->session, NGHTTP2_FLAG_NONE, stream->id, code);
}

static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *into, size_t room, uint32_t *flags,
			 nghttp2_data_source *source, void *context)
{
	struct http2_stream *stream = source->ptr;
	struct http2_body *body = &stream->body;
	struct hold *hold = &stream->connection->worker->hold;
	bool wait;
	size_t length = http2_body_next(body, into, room, body->gap_ns ? clock_now_ns() : 0, &wait);

	(void)session;
	(void)id;
	(void)context;
	if (wait) {
		if (!take_slot(stream) || !hold_timer(hold, hold_id(stream), body->due_ns))
			return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
		stream->connection->held++;
		stream->paused = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	if (http2_body_done(body))
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)length;
}

static bool is_usual(const struct http2_stream *stream)
{
	return stream->response.body == RESPONSE_PLAIN && !stream->fault;
}

static void submit_interim(struct http2_stream *stream, unsigned status)
{
	char text[] = {(char)('0' + status / 100), (char)('0' + status / 10 % 10), (char)('0' + status % 10)};
	nghttp2_nv field = {.name = (uint8_t *)(uintptr_t) ":status", .value = (uint8_t *)text, 7, 3, 0};

	nghttp2_submit_headers(stream->connection->session, NGHTTP2_FLAG_NONE, stream->id, NULL, &field, 1,
			       NULL);
}

/* Spoils the response: an invalid status, or a body that is shorter than its length. */
static void apply_fault(struct http2_stream *stream, struct http2_head *head)
{
	struct serve_worker *w = stream->connection->worker;

	if (stream->fault == HTTP2_FAULT_STATUS)
		head->fields[0].value[1] = 'o';
	else
		stream->body.left /= 2;
	count(&w->counts.faults, 1);
}

static bool submit(struct http2_stream *stream, struct serve_counts *counts)
{
	struct serve_worker *w = stream->connection->worker;
	const struct response *response = &stream->response;
	nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = read_body};
	bool bare = response->is_head || !render_has_body(response->status), has_length, ok;
	struct http2_head made = {0};
	const struct http2_head *head = &w->http2->usual;
	uint64_t length;

	if (!http2_body_init(&stream->body, response, counts, &has_length, &length))
		return false;
	if (!is_usual(stream)) {
		if (!http2_head_init(&made, response, has_length, length, w->settings->h2_header_flood))
			return false;
		if (stream->fault)
			apply_fault(stream, &made);
		head = &made;
	}
	ok = !nghttp2_submit_response(stream->connection->session, stream->id, head->fields, head->count,
				      bare || http2_body_done(&stream->body) ? NULL : &provider);
	http2_head_deinit(&made);
	return ok;
}

static void respond(struct http2_stream *stream)
{
	struct serve_worker *w = stream->connection->worker;
	struct serve_counts sum;

	if (stream->row)
		serve_log_row_responded(w->log, stream->row, clock_now_ns());
	if (stream->fault == HTTP2_FAULT_RESET) {
		count(&w->counts.resets, 1);
		reset(stream, w->settings->h2_reset_code);
		return;
	}
	if (stream->response.interim)
		submit_interim(stream, stream->response.interim);
	if (stream->response.body == RESPONSE_COUNTS)
		serve_counts_sum(w->shards, &sum);
	if (!submit(stream, &sum))
		reset(stream, NGHTTP2_INTERNAL_ERROR);
	else if (!stream->uncounted && !stream->fault)
		count(&w->counts.status[stream->response.status], 1);
}

void http2_stream_due(struct http2_stream *stream)
{
	give_slot(stream);
	if (stream->paused) {
		stream->paused = false;
		nghttp2_session_resume_data(stream->connection->session, stream->id);
	} else {
		respond(stream);
	}
}

/* ---- requests ---- */

/* Which response has a fault, in the order of the requests of the connection. */
static void choose_fault(struct http2_stream *stream)
{
	struct serve_worker *w = stream->connection->worker;
	const struct serve_settings *settings = w->settings;
	uint64_t number = ++stream->connection->heads;

	if (settings->h2_reset_every && number % settings->h2_reset_every == 0)
		stream->fault = HTTP2_FAULT_RESET;
	else if (settings->fault_share > 0 && hold_chance(&w->random, settings->fault_share))
		stream->fault = (uint8_t)(HTTP2_FAULT_RESET + hold_number(&w->random) % 3);
	else if (stream->response.body == RESPONSE_RESET)
		stream->fault = HTTP2_FAULT_RESET;
	if (stream->fault > HTTP2_FAULT_RESET) {
		response_default(settings, &stream->response);
		stream->response.body = RESPONSE_PATTERN;
		stream->response.length = 100;
	}
}

/* The last request that the connection serves: the client has to repeat those in flight meanwhile. */
static void go_away(struct http2_stream *stream)
{
	struct http2 *h = stream->connection;

	h->closing = true;
	nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR, NULL, 0);
}

static void hold(struct http2_stream *stream)
{
	struct serve_worker *w = stream->connection->worker;
	const struct response *response = &stream->response;
	uint64_t delay_ns;

	if (response->no_hold || !(w->holds || response->own_delay)) {
		respond(stream);
		return;
	}
	delay_ns = response->own_delay ? response->delay_ns : hold_draw(&w->settings->delay, &w->random);
	if (stream->row)
		serve_log_row_drawn(w->log, stream->row, delay_ns);
	if (!take_slot(stream)) {
		reset(stream, NGHTTP2_INTERNAL_ERROR);
		return;
	}
	stream->connection->held++;
	if (!hold_serve(&w->hold, hold_id(stream), clock_now_ns(), delay_ns)) {
		give_slot(stream);
		reset(stream, NGHTTP2_INTERNAL_ERROR);
	}
}

/* HTTP/1.1 has to close the connection to end such a response; a stream ends alone. */
static bool closes(const struct response *response)
{
	return response->close && response->body != RESPONSE_UNBOUNDED && response->body != RESPONSE_RESET;
}

/* The head is there. */
static void begin(struct http2_stream *stream, size_t bytes)
{
	struct serve_worker *w = stream->connection->worker;
	const struct serve_settings *settings = w->settings;
	struct client *c = stream->connection->client;

	if (!stream->request.target_length) {
		stream->request.target = "/";
		stream->request.target_length = 1;
	}
	stream->request.method = stream->method;
	response_for(settings, &stream->request, &stream->response);
	stream->uncounted = stream->response.body == RESPONSE_COUNTS;
	if (!stream->uncounted)
		choose_fault(stream);
	if (stream->fault == HTTP2_FAULT_RESET && settings->h2_reset_code == NGHTTP2_REFUSED_STREAM) {
		stream->complete = true; /* never served, so never counted */
		reset(stream, NGHTTP2_REFUSED_STREAM);
		return;
	}
	client_count_request(w, c, stream->uncounted,
			     c->served && c->flags & CLIENT_COUNTED ? (uint32_t)bytes : 0);
	http2_forget_uncounted(stream->connection);
	if (closes(&stream->response) || (settings->close_after && c->served >= settings->close_after))
		go_away(stream);
	if (stream->request.expect && stream->request.has_body)
		submit_interim(stream, 100);
}

/* Its last byte has arrived. */
static void complete(struct http2_stream *stream)
{
	struct serve_worker *w = stream->connection->worker;

	if (stream->complete)
		return;
	stream->complete = true;
	if (stream->response.body == RESPONSE_ECHO)
		stream->response.length = stream->received;
	if (!stream->uncounted) {
		count(&w->counts.requests, 1);
		count(&w->counts.body_bytes, stream->received);
	}
	if (w->log)
		stream->row = serve_log_row(w->log, client_index(w, stream->connection->client),
					    !stream->uncounted, clock_now_ns());
	hold(stream);
}

/* ---- what libnghttp2 calls ---- */

static int on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	struct http2 *h = context;
	struct http2_stream *stream;

	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST || h->closing)
		return 0;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	stream->connection = h;
	stream->id = frame->hd.stream_id;
	stream->request.has_body = !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM);
	stream->next = h->first;
	if (h->first)
		h->first->previous = stream;
	h->first = stream;
	nghttp2_session_set_stream_user_data(session, stream->id, stream);
	return 0;
}

static bool is(const uint8_t *name, size_t length, const char *text)
{
	return length == strlen(text) && !memcmp(name, text, length);
}

static int on_field(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		    size_t name_length, const uint8_t *value, size_t length, uint8_t flags, void *context)
{
	struct http2_stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	struct request *request = stream ? &stream->request : NULL;

	(void)flags;
	(void)context;
	if (!stream || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	if (is(name, name_length, ":method")) {
		request->method_length =
		    (uint32_t)(length < sizeof(stream->method) ? length : sizeof(stream->method));
		memcpy(stream->method, value, request->method_length);
		request->is_head = is(value, length, "HEAD");
		request->is_connect = is(value, length, "CONNECT");
	} else if (is(name, name_length, ":path")) {
		stream->path = malloc(length + 1);
		if (!stream->path)
			return NGHTTP2_ERR_CALLBACK_FAILURE;
		memcpy(stream->path, value, length);
		request->target = stream->path;
		request->target_length = (uint32_t)length;
	} else if (is(name, name_length, "accept-encoding")) {
		request->gzip |= request_takes_gzip((const char *)value, length);
	} else if (is(name, name_length, "expect")) {
		request->expect = is(value, length, "100-continue");
	}
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes, size_t length,
		   void *context)
{
	struct http2_stream *stream = nghttp2_session_get_stream_user_data(session, id);

	(void)flags;
	(void)bytes;
	(void)context;
	if (stream)
		stream->received += length;
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	struct http2_stream *stream;

	(void)context;
	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (!stream)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		begin(stream, frame->hd.length + FRAME_HEADER);
	if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
		complete(stream);
	return 0;
}

static int on_invalid(nghttp2_session *session, const nghttp2_frame *frame, int code, void *context)
{
	struct http2 *h = context;

	(void)session;
	(void)frame;
	(void)code;
	count(&h->worker->counts.malformed, 1);
	return 0;
}

static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
	struct http2 *h = context;
	struct http2_stream *stream;

	if (frame->hd.type == NGHTTP2_GOAWAY)
		count(&h->worker->counts.goaways, 1);
	if (frame->hd.type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code == NGHTTP2_REFUSED_STREAM)
		count(&h->worker->counts.refused_streams, 1);
	stream =
	    frame->hd.stream_id ? nghttp2_session_get_stream_user_data(session, frame->hd.stream_id) : NULL;
	if (stream && stream->uncounted && h->client->flags & CLIENT_COUNTED)
		count(&h->worker->counts.bytes_sent, -(uint64_t)(frame->hd.length + FRAME_HEADER));
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *context)
{
	struct http2_stream *stream = nghttp2_session_get_stream_user_data(session, id);

	(void)code;
	(void)context;
	if (stream)
		http2_stream_free(stream);
	return 0;
}

void http2_stream_callbacks(nghttp2_session_callbacks *callbacks)
{
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_field);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
}

bool http2_usual_init(struct http2_worker *http2, const struct serve_settings *settings)
{
	struct response response;
	uint64_t length;

	response_default(settings, &response);
	length = response.status == 205 ? 0 : response.length;
	if (!http2_head_init(&http2->usual, &response, true, length, settings->h2_header_flood))
		return false;
	for (size_t i = 0; i < http2->usual.count; i++)
		http2->usual.fields[i].flags |= NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
	return true;
}
