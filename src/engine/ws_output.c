/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a WebSocket sends: frames in the output of its connection, each with its own mask. */
#include <string.h>

#include "engine/session_ws.h"

uint32_t ws_out_room(const struct ws_state *state, const struct ws_link *link)
{
	uint32_t most = state->out_size - WS_OUT_CONTROL;

	return link->out_to < most ? most - link->out_to : 0;
}

void ws_out_payload(struct worker *w, struct ws_link *link)
{
	const struct ws_plan *plan = &w->plan->ws;
	uint64_t left = plan->length - link->payload_put;
	uint32_t room = ws_out_room(ws_state_of(w), link);
	size_t length = left < room ? (size_t)left : room;

	if (length)
		ws_mask(link->out + link->out_to, plan->message + link->payload_put, length, link->mask,
			(unsigned)(link->payload_put & 3));
	link->out_to += (uint32_t)length;
	link->payload_put += length;
	if (length < left)
		return;
	link->ended = link->begun;
	link->payload_put = 0;
}

/* A message with its id, in one piece. */
static void put_numbered(struct worker *w, struct ws_link *link)
{
	const struct ws_plan *plan = &w->plan->ws;
	uint8_t *to = link->out + link->out_to;

	memcpy(to, plan->message, plan->length);
	for (unsigned i = 0; i < plan->id_count; i++) {
		uint32_t id = WS_ID_FIRST + (link->begun - 1) % WS_ID_FIRST;

		for (unsigned k = WS_ID_DIGITS; k--; id /= 10)
			to[plan->id_at[i] + k] = (uint8_t)('0' + id % 10);
	}
	ws_mask(to, to, plan->length, link->mask, 0);
	link->out_to += (uint32_t)plan->length;
	link->ended = link->begun;
}

/* Of a message's only frame. */
static unsigned first_byte(const struct ws_plan *plan)
{
	return WS_FIN | (plan->deflate ? WS_RSV1 : 0) | (plan->binary ? WS_BINARY : WS_TEXT);
}

void ws_out_message(struct worker *w, struct ws_link *link)
{
	const struct ws_plan *plan = &w->plan->ws;

	ws_new_mask(ws_state_of(w), link->mask);
	link->out_to +=
	    (uint32_t)ws_put_head(link->out + link->out_to, first_byte(plan), plan->length, link->mask);
	link->begun++;
	if (plan->id_count)
		put_numbered(w, link);
	else
		ws_out_payload(w, link);
}

void ws_out_pong(struct worker *w, struct ws_link *link)
{
	uint8_t mask[4];

	if (!link->pong_due || link->begun != link->ended)
		return;
	ws_new_mask(ws_state_of(w), mask);
	link->out_to +=
	    (uint32_t)ws_put_control(link->out + link->out_to, WS_PONG, link->pong, link->pong_length, mask);
	link->pong_due = false;
}

/* One at a time: a server that does not answer is not asked again. */
void ws_out_ping(struct worker *w, struct ws_link *link)
{
	uint8_t mask[4];

	if (!w->plan->ws.ping_ns || w->now_ns < link->next_ping_ns || link->ping_ns ||
	    link->begun != link->ended)
		return;
	ws_new_mask(ws_state_of(w), mask);
	link->ping_ns = w->now_ns;
	link->next_ping_ns = w->now_ns + w->plan->ws.ping_ns;
	link->out_to += (uint32_t)ws_put_control(
	    link->out + link->out_to, WS_PING, (const uint8_t *)&link->ping_ns, sizeof(link->ping_ns), mask);
}
