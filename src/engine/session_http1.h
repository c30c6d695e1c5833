/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the two HTTP/1.1 sessions share: a parser in the connection, and the texts of failures. */
#ifndef VASTAR_ENGINE_SESSION_HTTP1_H
#define VASTAR_ENGINE_SESSION_HTTP1_H

#include "engine/conn_internal.h"
#include "proto/h1.h"

_Static_assert(sizeof(struct h1_parser) <= CONN_SESSION_ROOM, "the parser is part of the connection");

static inline struct h1_parser *parser_of(struct conn *c)
{
	return (struct h1_parser *)(void *)c->session;
}

/* The awaited response is complete: counts it. */
static inline void http1_completed(struct worker *w, struct conn *c, struct exchange_place place)
{
	const struct h1_parser *parser = parser_of(c);
	bool has_length = h1_has_length(parser);
	uint64_t sent_ns = c->exchange.sent_ns;

	exchange_completed(&w->tally, &c->exchange, place,
			   (struct exchange_response){parser->status, parser->body_bytes}, w->now_ns,
			   w->now_ns > w->deadline_ns);
	waiter_response(&w->waiter, w->now_ns - sent_ns);
	conn_note_body(w, c, parser->body_bytes, has_length, has_length ? 0 : h1_mean_chunk(parser));
}

/* The response breaks HTTP: fails the exchange and with it the connection. */
void http1_broken(struct worker *w, struct conn *c);

/* The stream has ended, with `error` or 0, in the middle of an exchange. */
void http1_cut(struct worker *w, struct conn *c, int error);

/* The connection has ended before the first byte of the response. True if the request may be sent again. */
bool http1_may_retry(const struct worker *w, struct conn *c);

/* For the rows of struct session. */
void http1_outlook(const struct conn *c, struct outlook *outlook);
void http1_check_time(struct worker *w, struct conn *c);

/* The time of the exchange is up. While its request is being sent, http1_check_time() ends the send first, to
 * learn how much of it was taken: written() then fails the exchange. */
bool http1_late(const struct worker *w, const struct conn *c);
void http1_fail_late(struct worker *w, struct conn *c);

#endif
