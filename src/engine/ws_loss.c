/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* WebSocket: what happens to messages without a response when their connection ends. None is sent again,
 * because the server may have acted on it. */
#include "engine/session_ws.h"

#include <stdio.h>
#include <string.h>

/* ---- the end of a connection ---- */

void ws_lose(struct worker *w, struct conn *c, const struct loss *loss)
{
	struct ws_link *link = ws_link_of(c);

	for (bool first = true; link && link->begun != link->answered; first = false) {
		struct ws_sent *sent = ws_oldest(link);
		bool late =
		    loss->kind == ERROR_TIMEOUT && w->now_ns - sent->exchange.sent_ns > w->plan->timeout_ns;
		struct exchange_place place = ws_place_in_log(w, c, sent);

		if (sent->done) {
			link->ahead--;
			link->answered++;
			continue;
		}
		if (first || late || loss->kind != ERROR_TIMEOUT)
			exchange_failed(&w->tally, &sent->exchange, place, w->now_ns, loss->kind, loss->code,
					loss->text);
		else
			exchange_failed(&w->tally, &sent->exchange, place, w->now_ns, ERROR_RESET,
					WS_LOST_WITH_ANOTHER,
					"the connection was given up because of an earlier message");
		c->exchange.due_ns = sent->exchange.due_ns;
		link->answered++;
	}
}

/* Ends the connection: with a failure if messages are in flight, or if this is no regular end. */
static void end(struct worker *w, struct conn *c, bool usual, enum error_kind kind, int code,
		const char *text)
{
	if (c->state == CONN_BUSY)
		conn_fail(w, c, kind, code, text);
	else if (usual)
		conn_replace(w, c);
	else
		conn_fail_idle(w, c, kind, code, text);
}

void ws_broken(struct worker *w, struct conn *c)
{
	enum ws_error error = ws_link_of(c)->ws.error;
	char text[160];

	snprintf(text, sizeof(text), "the server sent %s", ws_error_text(error));
	end(w, c, false, ERROR_PROTOCOL, WS_ERROR_CODE + (int)error, text);
}

/* The reason is the server's text: shard_error() makes it printable. */
void ws_closed(struct worker *w, struct conn *c)
{
	const struct ws *ws = &ws_link_of(c)->ws;
	const char *name = ws_code_text(ws->code);
	bool usual = ws->code == WS_NORMAL || ws->code == WS_GOING_AWAY || ws->code == WS_NO_CODE;
	char text[160];

	tally_closed(&w->tally, w->now_ns, ws->code);
	if (ws->code == WS_NO_CODE)
		snprintf(text, sizeof(text), "the server closed the WebSocket, without a code");
	else
		snprintf(text, sizeof(text), "the server closed the WebSocket: %u%s%s%s%s%.*s", ws->code,
			 *name ? " (" : "", name, *name ? ")" : "", ws->control_have ? ": " : "",
			 (int)ws->control_have, (const char *)ws->control);
	end(w, c, usual, ERROR_RESET, WS_CLOSED_CODE + ws->code, text);
}

void ws_ended(struct worker *w, struct conn *c, int error)
{
	char text[160];

	if (c->state == CONN_GREETING) {
		ws_greeting_ended(w, c, error);
		return;
	}
	if (error)
		snprintf(text, sizeof(text), "%s without a close frame", strerror(error));
	else
		snprintf(text, sizeof(text), "the server closed the connection without a close frame");
	end(w, c, true, ERROR_RESET, 4 * error + 3, text);
}

/* ---- time ---- */

void ws_check_time(struct worker *w, struct conn *c)
{
	struct ws_link *link = ws_link_of(c);
	char text[80];

	if (c->state == CONN_GREETING) {
		ws_greeting_late(w, c);
		return;
	}
	if (c->state != CONN_BUSY || !ws_open(link) ||
	    w->now_ns - ws_oldest(link)->exchange.sent_ns <= w->plan->timeout_ns)
		return;
	snprintf(text, sizeof(text), "no complete response within %g s", ns_to_s(w->plan->timeout_ns));
	conn_fail(w, c, ERROR_TIMEOUT, 0, text);
}

void ws_run_over(struct worker *w, struct conn *c)
{
	struct ws_link *link = ws_link_of(c);

	for (uint32_t i = 0; link && c->state == CONN_BUSY && i < link->begun - link->answered; i++) {
		struct ws_sent *sent = &link->ring[(link->answered + i) % link->depth];

		if (sent->done)
			continue;
		if (w->plan->ws.listen)
			exchange_withdrawn(&w->tally);
		else
			exchange_aborted(&w->tally, &sent->exchange, ws_place_in_log(w, c, sent), w->now_ns);
	}
}
