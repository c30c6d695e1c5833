/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/http2.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "serve/http2_internal.h"

enum {
	OUTPUT_LEAST = 4096, /* bytes of one send */
	OUTPUT_MOST = 64 * 1024,
	WINDOW = 1 << 24,   /* bodies are counted and dropped, so there is no reason for a small one */
	NAMES_ROOM = 65536, /* of a header block, beside a flood */
};

static const char preface[] = "PRI * HTTP/2.0";

enum { PREFACE_TOLD = 3 }; /* "PRI" is no method of HTTP/1.1 */

/* ---- of a worker ---- */

int http2_open(struct serve_worker *w, struct vastar_error *err)
{
	struct http2_worker *http2;

	if (!w->settings->http2)
		return 0;
	http2 = w->http2 = calloc(1, sizeof(*http2));
	if (!http2)
		return err_nomem(err, "connections of the server");
	http2->each = calloc(w->client_max, sizeof(struct http2 *));
	http2->slots = calloc(HTTP2_STREAMS_HELD, sizeof(*http2->slots));
	if (!http2->each || !http2->slots || nghttp2_session_callbacks_new(&http2->callbacks) ||
	    nghttp2_option_new(&http2->options) || !http2_usual_init(http2, w->settings))
		return err_nomem(err, "connections of the server");
	http2_stream_callbacks(http2->callbacks);
	nghttp2_option_set_no_closed_streams(http2->options, 1);
	nghttp2_option_set_max_send_header_block_length(http2->options,
							w->settings->h2_header_flood + NAMES_ROOM);
	return 0;
}

void http2_close(struct serve_worker *w)
{
	struct http2_worker *http2 = w->http2;

	if (!http2)
		return;
	http2_head_deinit(&http2->usual);
	nghttp2_session_callbacks_del(http2->callbacks);
	nghttp2_option_del(http2->options);
	free(http2->slots);
	free(http2->each);
	free(http2);
	w->http2 = NULL;
}

/* ---- its life ---- */

static struct http2 **place(const struct serve_worker *w, const struct client *c)
{
	return &w->http2->each[client_index(w, c)];
}

static bool submit_settings(struct http2 *h)
{
	const struct serve_settings *settings = h->worker->settings;
	nghttp2_settings_entry entries[2] = {
	    {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings->h2_window ? settings->h2_window : WINDOW},
	    {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings->h2_streams},
	};
	size_t wanted = settings->h2_streams == SERVE_STREAMS_ANY ? 1 : 2;

	return !nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, entries, wanted) &&
	       !nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0, WINDOW);
}

static bool begin(struct serve_worker *w, struct client *c)
{
	struct http2 *h = calloc(1, sizeof(*h));
	uint64_t delay_ns = w->settings->h2_settings_delay_ns;

	if (!h)
		return false;
	*place(w, c) = h;
	c->flags |= CLIENT_HTTP2 | CLIENT_SURPLUS;
	h->worker = w;
	h->client = c;
	count(&w->counts.http2_connections, 1);
	if (nghttp2_session_server_new2(&h->session, w->http2->callbacks, h, w->http2->options) ||
	    !submit_settings(h))
		return false;
	if (delay_ns) { /* nothing is sent before the settings */
		if (!hold_timer(&w->hold, client_index(w, c), clock_now_ns() + delay_ns))
			return false;
		c->flags |= CLIENT_HELD;
	}
	client_wake(w, c);
	return true;
}

void http2_end(struct serve_worker *w, struct client *c)
{
	struct http2 *h = w->http2 ? *place(w, c) : NULL;

	if (!h)
		return;
	*place(w, c) = NULL;
	while (h->first)
		http2_stream_free(h->first);
	nghttp2_session_del(h->session);
	free(h->bytes);
	free(h);
}

/* ---- which protocol ---- */

bool http2_decide_by_alpn(struct serve_worker *w, struct client *c)
{
	const char *protocol = wrap_protocol(w, c);

	c->flags &= ~(uint32_t)CLIENT_UNDECIDED;
	return !protocol || strcmp(protocol, "h2") || begin(w, c);
}

bool http2_decide(struct serve_worker *w, struct client *c, const char *bytes, size_t length)
{
	size_t told = c->preface;
	bool is_http2;

	while (length && c->preface < PREFACE_TOLD && *bytes == preface[c->preface]) {
		c->preface++;
		bytes++;
		length--;
	}
	is_http2 = c->preface == PREFACE_TOLD;
	told = c->preface;
	if (!length && !is_http2)
		return true;
	c->flags &= ~(uint32_t)CLIENT_UNDECIDED;
	if (is_http2 && !begin(w, c))
		return false;
	return (!told || client_take(w, c, preface, told)) && (!length || client_take(w, c, bytes, length));
}

/* ---- bytes ---- */

bool http2_take(struct serve_worker *w, struct client *c, const char *bytes, size_t length)
{
	struct http2 *h = *place(w, c);
	ssize_t used;

	h->bytes_received += length;
	used = nghttp2_session_mem_recv(h->session, (const uint8_t *)bytes, length);
	http2_forget_uncounted(h);
	if (used == NGHTTP2_ERR_BAD_CLIENT_MAGIC)
		count(&w->counts.malformed, 1);
	return used >= 0;
}

static bool reserve(struct http2 *h, size_t more)
{
	size_t size = h->size ? h->size : OUTPUT_LEAST;
	char *bytes;

	while (size < h->used + more && size < OUTPUT_MOST)
		size *= 2;
	if (size == h->size)
		return true;
	bytes = realloc(h->bytes, size);
	if (!bytes)
		return false;
	h->bytes = bytes;
	h->size = size;
	return true;
}

/* The next frame, once the one before is copied. False: there is none, or out of memory. */
static bool next_frame(struct serve_worker *w, struct http2 *h)
{
	ssize_t length;

	if (h->frame_left)
		return true;
	length = nghttp2_session_mem_send(h->session, &h->frame);
	if (length < 0)
		client_close(w, h->client, false);
	h->frame_left = length > 0 ? (size_t)length : 0;
	return length > 0;
}

/* No send is in flight. True: there is something to send. */
static bool fill(struct serve_worker *w, struct http2 *h)
{
	h->used = h->sent = 0;
	while (h->used < OUTPUT_MOST && next_frame(w, h)) {
		size_t room;

		if (!reserve(h, h->frame_left)) {
			client_close(w, h->client, false);
			return false;
		}
		room = h->size - h->used;
		if (room > h->frame_left)
			room = h->frame_left;
		memcpy(h->bytes + h->used, h->frame, room);
		h->used += room;
		h->frame += room;
		h->frame_left -= room;
	}
	return is_open(h->client) && h->used;
}

static void send_bytes(struct serve_worker *w, struct client *c, struct http2 *h)
{
	struct iovec iov = {.iov_base = h->bytes + h->sent, .iov_len = h->used - h->sent};

	if (!is_wrapped(w, c))
		client_queue_send(w, c, iov.iov_base, iov.iov_len, false);
	else if (wrap_write(w, c, &iov, 1))
		wrap_flush(w, c, false);
	else
		client_close(w, c, false);
}

void http2_on_sent(struct serve_worker *w, struct client *c, uint32_t taken)
{
	struct http2 *h = *place(w, c);

	count(&w->counts.bytes_sent, taken);
	h->bytes_sent += taken;
	http2_forget_uncounted(h);
	h->sent += taken;
	client_wake(w, c);
}

void http2_on_due(struct serve_worker *w, uint32_t slot)
{
	struct http2_stream *stream = w->http2->slots[slot].stream;
	struct client *c = stream->connection->client;

	http2_stream_due(stream);
	client_wake(w, c);
}

/* True if nothing more will be received or sent: the session is over, or the client has ended it. */
static bool is_over(const struct client *c, const struct http2 *h)
{
	if (c->flags & CLIENT_FINISHED)
		return true;
	if (c->flags & CLIENT_EOF && !h->held)
		return true;
	return !nghttp2_session_want_read(h->session) && !nghttp2_session_want_write(h->session);
}

void http2_act(struct serve_worker *w, struct client *c)
{
	struct http2 *h = *place(w, c);

	while (is_open(c) && !(c->flags & (CLIENT_SENDING | CLIENT_HELD | CLIENT_LINGERING))) {
		bool ready = !(c->flags & CLIENT_FINISHED) && (h->sent < h->used || fill(w, h));

		if (!is_open(c))
			return;
		if (ready)
			send_bytes(w, c, h);
		else if (is_over(c, h))
			client_finish(w, c);
		else
			break;
	}
	/* A transport may have bytes of its own to send. */
	if (is_open(c) && is_wrapped(w, c))
		wrap_flush(w, c, false);
}

int http2_code(const char *name)
{
	for (uint32_t code = 0; code <= NGHTTP2_HTTP_1_1_REQUIRED; code++)
		if (!strcmp(name, nghttp2_http2_strerror(code)))
			return (int)code;
	return -1;
}
