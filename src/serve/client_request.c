/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/clock.h"
#include "serve/client_internal.h"
#include "serve/http2.h"

enum { SOCKET_PIECE = 16 * 1024 }; /* bytes of a WebSocket's output that count like a response */

static void enqueue(struct client *c, struct reply *reply)
{
	if (c->last)
		c->last->next = reply;
	else
		c->first = reply;
	c->last = reply;
	c->queued++;
}

static void count_connection(struct serve_worker *w, struct client *c, int by)
{
	count(&w->counts.connections, (uint64_t)by);
	if (is_wrapped(w, c))
		wrap_count(w, c, by);
	c->flags ^= CLIENT_COUNTED;
}

/* The connection counts from its first request that is not for /counts. */
void client_count_request(struct serve_worker *w, struct client *c, bool is_counts, uint32_t head_bytes)
{
	if (is_counts) {
		count(&w->counts.bytes_received, -(uint64_t)head_bytes);
		if (!c->served && c->flags & CLIENT_COUNTED)
			count_connection(w, c, -1);
	} else if (!(c->flags & CLIENT_COUNTED)) {
		count_connection(w, c, 1);
	}
	c->served++;
}

/* False: out of memory, here and below. */
static bool take_plain(struct serve_worker *w, struct client *c, unsigned variant)
{
	struct response response;
	struct reply *reply;

	if (w->log)
		serve_log_request(w->log, client_index(w, c), true, clock_now_ns());
	count(&w->counts.requests, 1);
	if (!c->first && (!c->plain_ready || c->plain_variant == variant)) {
		c->plain_variant = (uint8_t)variant;
		c->plain_ready++;
		return true;
	}
	response_default(w->settings, &response);
	response.is_head = variant >= 3;
	response.close = variant % 3 == 1;
	response.keep_alive = variant % 3 == 2;
	reply = reply_new(&response);
	if (!reply)
		return false;
	enqueue(c, reply);
	return true;
}

static void take_reply(struct serve_worker *w, struct client *c, struct reply *reply)
{
	reply->response.length =
	    reply->response.body == RESPONSE_ECHO ? c->reader.body : reply->response.length;
	if (w->log)
		serve_log_request(w->log, client_index(w, c), !reply->uncounted, clock_now_ns());
	if (!reply->uncounted)
		count(&w->counts.requests, 1);
	if (reply->response.malformed)
		count(&w->counts.malformed, 1);
	enqueue(c, reply);
}

/* The connection becomes a WebSocket: its first output is the response. False: out of memory. */
static bool begin_socket(struct serve_worker *w, struct client *c, const struct request *request)
{
	c->socket = socket_new(request);
	if (!c->socket)
		return false;
	client_count_request(w, c, false, 0);
	count(&w->counts.requests, 1);
	count(&w->counts.status[101], 1);
	return true;
}

/* Bytes that wait are counted like as many responses, so that a client that does not read is not read. */
static bool take_frames(struct serve_worker *w, struct client *c, const char *bytes, size_t length)
{
	struct socket *socket = c->socket;

	if (socket->closing) {
		c->flags |= length ? CLIENT_SURPLUS : 0;
		return true;
	}
	if (!socket_take(socket, bytes, length))
		return false;
	count(&w->counts.messages, socket->messages);
	socket->messages = 0;
	c->queued = (uint32_t)(socket->filling.used / SOCKET_PIECE);
	if (socket->closing)
		c->flags |= CLIENT_LAST;
	return true;
}

/* A head has arrived: chooses the response, which is due when the body, if any, has arrived too. */
static bool on_head(struct serve_worker *w, struct client *c, const struct request *request, bool recalled,
		    bool body_here)
{
	bool last = w->settings->close_after && c->served + 1 >= w->settings->close_after;
	bool faulty = w->settings->fault_share > 0 && hold_chance(&w->random, w->settings->fault_share);
	bool is_plain = recalled && w->memo_plain && !last && !faulty;
	unsigned variant = w->memo_variant;
	struct reply *reply = NULL;
	struct response response;

	if (!is_plain) {
		response_for(w->settings, request, &response);
		is_plain = w->plain.usable && response.body == RESPONSE_PLAIN && !response.own_delay;
		variant = plain_variant(response.is_head, response.close, response.keep_alive);
		if (request->head_bytes <= REQUEST_MEMO_MAX) {
			w->memo_plain = is_plain;
			w->memo_variant = (uint8_t)variant;
		}
		if (response.body == RESPONSE_WEBSOCKET)
			return begin_socket(w, c, request);
		if (faulty && response.body != RESPONSE_COUNTS) {
			response_fault(&response, (unsigned)hold_number(&w->random));
			is_plain = false;
		} else if (last) {
			response.close = true;
			response.keep_alive = false;
			variant = plain_variant(response.is_head, true, false);
		}
		if (!is_plain && !(reply = reply_new(&response)))
			return false;
	}
	client_count_request(w, c, reply && reply->response.body == RESPONSE_COUNTS, request->head_bytes);
	if (is_plain ? variant % 3 == 1 : response.close)
		c->flags |= CLIENT_LAST;
	if (!request->has_body) {
		if (is_plain)
			return take_plain(w, c, variant);
		take_reply(w, c, reply);
		return true;
	}
	c->incoming = reply;
	c->incoming_variant = (uint8_t)variant;
	if (is_plain)
		c->flags |= CLIENT_INCOMING_PLAIN;
	if (request->expect && !body_here && (reply = reply_new_continue()))
		enqueue(c, reply);
	return true;
}

static bool on_body_end(struct serve_worker *w, struct client *c)
{
	struct reply *reply = c->incoming;

	c->incoming = NULL;
	count(&w->counts.body_bytes, c->reader.body);
	if (c->flags & CLIENT_INCOMING_PLAIN) {
		c->flags &= ~(uint32_t)CLIENT_INCOMING_PLAIN;
		return take_plain(w, c, c->incoming_variant);
	}
	take_reply(w, c, reply);
	return true;
}

bool client_refuse(struct serve_worker *w, struct client *c, const struct response *response)
{
	struct reply *reply;

	reply_free(c->incoming);
	c->incoming = NULL;
	c->flags |= CLIENT_LAST | CLIENT_SURPLUS;
	client_count_request(w, c, false, 0);
	reply = reply_new(response);
	if (!reply)
		return false;
	take_reply(w, c, reply);
	return true;
}

static bool on_bad(struct serve_worker *w, struct client *c)
{
	struct response response;

	response_error(c->reader.error, &response);
	return client_refuse(w, c, &response);
}

/* Between the head of the last request and the end of its body, CLIENT_LAST is set and bytes are still
 * wanted. */
static bool wants_bytes(const struct client *c)
{
	return !(c->flags & CLIENT_LAST) || c->incoming || c->flags & CLIENT_INCOMING_PLAIN;
}

static bool take_http1(struct serve_worker *w, struct client *c, const char *bytes, size_t length)
{
	struct request request;
	size_t used;
	bool recalled, ok = true;

	do {
		if (c->socket)
			return take_frames(w, c, bytes, length);
		if (!wants_bytes(c)) {
			if (length)
				c->flags |= CLIENT_SURPLUS;
			return true;
		}
		switch (request_feed(&c->reader, &w->memo, bytes, length, &used, &request, &recalled)) {
		case REQUEST_MORE:
			return true;
		case REQUEST_HEAD:
			ok = on_head(w, c, &request, recalled, used < length);
			request_release(&c->reader);
			break;
		case REQUEST_END:
			ok = on_body_end(w, c);
			break;
		case REQUEST_BAD:
			return on_bad(w, c);
		}
		bytes += used;
		length -= used;
	} while (ok && length);
	return ok;
}

bool client_take(struct serve_worker *w, struct client *c, const char *bytes, size_t length)
{
	if (c->flags & CLIENT_HTTP2)
		return http2_take(w, c, bytes, length);
	if (c->flags & CLIENT_UNDECIDED)
		return http2_decide(w, c, bytes, length);
	return take_http1(w, c, bytes, length);
}
