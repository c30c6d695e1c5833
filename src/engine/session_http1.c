/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/session_http1.h"

#include <stdio.h>
#include <string.h>

void http1_broken(struct worker *w, struct conn *c)
{
	char text[160];

	h1_describe(parser_of(c), text, sizeof(text));
	conn_fail(w, c, ERROR_PROTOCOL, parser_of(c)->error, text);
}

/* The server may close a kept connection at any time, and that is not an error: RFC 9112 section 9.3.1
 * lets a client repeat a request on its own if the method is idempotent, or if it knows that nothing was
 * sent. */
bool http1_may_retry(const struct worker *w, struct conn *c)
{
	bool nothing_sent = c->flags & CONN_SEND_FAILED && !c->written;

	return c->flags & CONN_REUSED && !(c->flags & CONN_RETRIED) && !h1_started(parser_of(c)) &&
	       may_send(w) && (route_of(w, c)->request->idempotent || nothing_sent);
}

static void describe_cut(const struct h1_parser *parser, int error, char *text, size_t size)
{
	const char *where = !h1_started(parser)	    ? "before the first byte of the response"
			    : !h1_head_done(parser) ? "in the head of the response"
						    : "in the body of the response";

	if (error)
		snprintf(text, size, "%s %s", strerror(error), where);
	else
		snprintf(text, size, "the server closed the connection %s", where);
}

/* A code that distinguishes the examples of one kind: where the stream was cut, and how. */
static int cut_code(const struct h1_parser *parser, int error)
{
	return 4 * error + (!h1_started(parser) ? 0 : !h1_head_done(parser) ? 1 : 2);
}

void http1_cut(struct worker *w, struct conn *c, int error)
{
	char text[160];

	describe_cut(parser_of(c), error, text, sizeof(text));
	conn_fail(w, c, ERROR_RESET, cut_code(parser_of(c), error), text);
}

void http1_outlook(const struct conn *c, struct outlook *outlook)
{
	const struct h1_parser *parser = (const struct h1_parser *)(const void *)c->session;

	outlook->in_body = h1_head_done(parser);
	outlook->has_length = h1_has_length(parser);
	outlook->droppable = h1_droppable(parser);
	outlook->mean_chunk = outlook->has_length ? 0 : h1_mean_chunk(parser);
}

void http1_check_time(struct worker *w, struct conn *c)
{
	uint64_t limit = w->plan->timeout_ns;
	char text[80];

	if (w->now_ns - c->exchange.sent_ns <= limit)
		return;
	snprintf(text, sizeof(text), "no complete response within %g s", ns_to_s(limit));
	c->flags &= (uint8_t)~CONN_PENDING;
	conn_fail(w, c, ERROR_TIMEOUT, 0, text);
}
