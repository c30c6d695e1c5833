/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* WebSocket's handshake on a connection: an HTTP request to upgrade, and its response. */
#include "engine/session_ws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ws_link *link_new(const struct worker *w)
{
	const struct ws_state *state = ws_state_of(w);
	uint32_t depth = w->plan->ws.in_flight * (w->plan->ws.id_count ? WS_AHEAD : 1);
	size_t ring = depth * sizeof(struct ws_sent);
	struct ws_link *link = malloc(sizeof(*link) + ring + state->out_size);

	if (!link)
		return NULL;
	*link = (struct ws_link){.depth = depth, .in_flight = w->plan->ws.in_flight};
	link->out = (uint8_t *)link->ring + ring;
	return link;
}

/* A new connection: only what was allocated stays. */
static void link_reset(struct ws_link *link, bool deflate, uint64_t now_ns)
{
	free(link->head);
	*link = (struct ws_link){.depth = link->depth,
				 .in_flight = link->in_flight,
				 .inflater = link->inflater,
				 .out = link->out,
				 .upgrade_ns = now_ns,
				 .free_ns = now_ns};
	ws_begin(&link->ws, false);
	link->ws.deflate = deflate;
	if (link->inflater)
		ws_inflater_reset(link->inflater);
}

/* The request with a key of its own. */
static void put_request(struct worker *w, struct ws_link *link)
{
	struct ws_state *state = ws_state_of(w);
	const struct request *request = &w->plan->request;
	uint64_t random[2] = {ws_random(state), ws_random(state)};
	char *key = (char *)link->out + request->key_at;

	memcpy(link->out, request->bytes, request->length);
	ws_key((const uint8_t *)random, key);
	ws_accept(key, link->accept);
	link->out_to = (uint32_t)request->length;
}

void ws_greet(struct worker *w, struct conn *c)
{
	struct ws_place *place = ws_place_of(c);

	if (!place->link)
		place->link = link_new(w);
	if (!place->link) {
		conn_unusable(w, c, ERROR_LOCAL, ENOMEM, strerror(ENOMEM));
		return;
	}
	link_reset(place->link, w->plan->ws.deflate, w->now_ns);
	put_request(w, place->link);
	place->link->chunk = place->link->out_to;
	c->exchange.first_ns = 0; /* of the connection: see conn_fail() */
	conn_await_response(w, c);
	conn_send(w, c, (const char *)place->link->out, place->link->out_to, MSG_WAITALL);
}

/* Adds the received bytes to the head. False: out of memory. */
static bool keep_head(struct ws_link *link, const char *bytes, size_t length)
{
	char *head = realloc(link->head, link->head_length + length);

	if (!head)
		return false;
	memcpy(head + link->head_length, bytes, length);
	link->head = head;
	link->head_length += (uint32_t)length;
	return true;
}

/* What the user has offered with -H, among the fields of the request. */
static void find_subprotocols(const struct request *request, struct ws_offer *offer)
{
	static const char name[] = "\r\nSec-WebSocket-Protocol: ";
	const char *end = request->bytes + request->head_length, *at;

	for (at = request->bytes; (at = memchr(at, '\r', (size_t)(end - at))); at++) {
		if ((size_t)(end - at) < sizeof(name) - 1 || strncasecmp(at, name, sizeof(name) - 1) != 0)
			continue;
		offer->subprotocols = at + sizeof(name) - 1;
		offer->subprotocols_length =
		    (size_t)((const char *)memchr(offer->subprotocols, '\r',
						  (size_t)(end - offer->subprotocols)) -
			     offer->subprotocols);
		return;
	}
}

static void judge_head(struct worker *w, struct conn *c, const char *head, size_t length)
{
	struct ws_link *link = ws_link_of(c);
	struct ws_offer offer = {.accept = link->accept, .deflate = w->plan->ws.deflate};
	struct ws_response response;
	char text[160];

	find_subprotocols(&w->plan->request, &offer);
	response = ws_response_read(head, length, &offer);
	free(link->head);
	link->head = NULL;
	if (response.agreement == WS_AGREED) {
		tally_upgraded(&w->tally, w->now_ns - link->upgrade_ns, w->now_ns);
		conn_greeted(w, c);
		return;
	}
	ws_response_describe(&response, text, sizeof(text));
	conn_unusable(w, c, ERROR_PROTOCOL,
		      response.agreement == WS_NOT_101 ? WS_RESPONSE_CODE + (int)response.status
						       : WS_AGREEMENT_CODE + (int)response.agreement,
		      text);
}

size_t ws_greeting(struct worker *w, struct conn *c, const char *bytes, size_t length)
{
	struct ws_link *link = ws_link_of(c);
	uint32_t before = link->head_length;
	size_t end;

	if (!before && (end = ws_head_end(bytes, length, 0))) {
		judge_head(w, c, bytes, end);
		return end;
	}
	if (!keep_head(link, bytes, length)) {
		conn_unusable(w, c, ERROR_LOCAL, ENOMEM, strerror(ENOMEM));
		return length;
	}
	end = ws_head_end(link->head, link->head_length, before);
	if (end) {
		judge_head(w, c, link->head, end);
		return end - before;
	}
	if (link->head_length > WS_RESPONSE_MAX || !ws_head_begins(link->head, link->head_length))
		conn_unusable(w, c, ERROR_PROTOCOL, WS_LONG_RESPONSE,
			      "the response to the handshake is not HTTP/1.1, or its head does not end");
	return length;
}

void ws_greeting_ended(struct worker *w, struct conn *c, int error)
{
	const char *where = ws_link_of(c)->head_length ? "in the middle of its response to the handshake"
						       : "without a response to the handshake";
	char text[160];

	if (error)
		snprintf(text, sizeof(text), "%s %s", strerror(error),
			 "before the response to the handshake was complete");
	else
		snprintf(text, sizeof(text), "the server closed the connection %s", where);
	conn_unusable(w, c, ERROR_RESET, 4 * error + (ws_link_of(c)->head_length ? 1 : 0), text);
}

void ws_greeting_late(struct worker *w, struct conn *c)
{
	char text[100];

	if (w->now_ns - ws_link_of(c)->upgrade_ns <= w->plan->timeout_ns)
		return;
	snprintf(text, sizeof(text), "no complete response to the handshake within %g s",
		 ns_to_s(w->plan->timeout_ns));
	conn_unusable(w, c, ERROR_TIMEOUT, 1, text);
}
