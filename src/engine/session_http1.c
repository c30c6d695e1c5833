/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/session_http1.h"

#include <stdio.h>
#include <string.h>

#include "engine/late.h"

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
	const struct request *request = route_of(w, c)->request;
	bool nothing_sent = c->flags & CONN_SEND_FAILED && c->unsent == request->length;

	return c->flags & CONN_REUSED && !(c->flags & CONN_RETRIED) && !h1_started(parser_of(c)) &&
	       may_send(w) && (request->idempotent || nothing_sent);
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

/* ---- time ---- */

static struct late late_of(const struct worker *w, struct conn *c)
{
	const struct h1_parser *parser = parser_of(c);
	uint64_t body = parser->body_bytes, whole = route_of(w, c)->request->length;

	if (c->state != CONN_BUSY)
		return (struct late){.stage = LATE_CONNECTING};
	if (!h1_started(parser) && c->unsent)
		return (struct late){LATE_SENDING, whole - c->unsent, whole};
	if (!h1_started(parser))
		return (struct late){.stage = LATE_WAITING};
	if (!h1_head_done(parser))
		return (struct late){.stage = LATE_IN_HEAD};
	if (h1_until_close(parser))
		return (struct late){LATE_NO_LENGTH, body, 0};
	return (struct late){LATE_IN_BODY, body, h1_has_length(parser) ? body + h1_droppable(parser) : 0};
}

/* A send that waits until all is taken says only at its end how much was. */
static bool may_know_more(const struct worker *w, const struct conn *c)
{
	return c->flags & CONN_SENDING && !c->wrapped && !w->session->several;
}

static void ask_what_was_sent(struct worker *w, const struct conn *c)
{
	struct io_uring_sqe *sqe = ring_sqe(&w->ring);

	io_uring_prep_cancel64(sqe, tag(w, c, OP_SEND), 0);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	sqe->user_data = tag(w, c, OP_CANCEL);
}

bool http1_late(const struct worker *w, const struct conn *c)
{
	return w->plan->timeout_ns && w->now_ns - c->exchange.sent_ns > w->plan->timeout_ns;
}

void http1_fail_late(struct worker *w, struct conn *c)
{
	struct late late = late_of(w, c);
	char text[LATE_TEXT];

	late_describe(&late, w->plan->timeout_ns, text, sizeof(text));
	c->flags &= (uint8_t)~CONN_PENDING;
	conn_fail(w, c, ERROR_TIMEOUT, (int)late.stage, text);
}

void http1_check_time(struct worker *w, struct conn *c)
{
	if (!http1_late(w, c))
		return;
	if (may_know_more(w, c) && late_of(w, c).stage == LATE_SENDING)
		ask_what_was_sent(w, c);
	else
		http1_fail_late(w, c);
}
