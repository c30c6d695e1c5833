/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The state of session_h2.c for a worker, for a connection, and for exchanges without a stream. */
#ifndef VASTAR_ENGINE_SESSION_H2_H
#define VASTAR_ENGINE_SESSION_H2_H

#include "engine/conn_internal.h"
#include "engine/h2_waiting.h"
#include "proto/h2.h"

/* Codes that distinguish the examples of one kind of error; they begin above 4 x errno. */
enum {
	H2_ERROR_CODE = 10000, /* + enum h2_error */
	H2_RESET_CODE = 11000, /* + enum h2_code */
	H2_TOO_OFTEN = 12000,
	TRIES_MAX = 10, /* for a request that the server does not process */
};

/* The session's state of a worker. */
struct h2_state {
	struct h2_request request;
	struct h2_config config;
	uint32_t *scheduled; /* connections that may have something to send */
	uint32_t scheduled_count;
};

/* The part that moves with a connection, in conn->session. */
struct h2_place {
	struct h2 *h; /* owned; NULL until the connection is ready for the first time */
	struct h2_waitings waiting;
	uint64_t free_ns;	   /* when it last got room for a stream */
	uint64_t blocked_ns;	   /* time in which bodies waited for a window */
	uint64_t blocked_since_ns; /* since when they wait now; 0: they do not */
	uint64_t heard_ns;	   /* when something was last received */
	uint32_t chunk;		   /* bytes of the output in the current send */
	uint32_t chunk_id;	   /* ... which has the streams below this id */
	uint32_t written_id;	   /* streams below it are written, if they have no body */
	bool scheduled;
	bool relieved; /* another connection has its place: h2_relief.h */
};

_Static_assert(sizeof(struct h2_place) <= CONN_SESSION_ROOM, "it is part of the connection");
_Static_assert(sizeof(struct exchange) <= H2_USER_ROOM, "an exchange is part of its stream");

static inline struct h2_state *state_of(const struct worker *w)
{
	return w->session_state;
}

static inline struct h2_place *place_of(struct conn *c)
{
	return (struct h2_place *)(void *)c->session;
}

/* Bodies no longer wait for a window. */
static inline void h2_unblock(struct h2_place *place, uint64_t now_ns)
{
	if (place->blocked_since_ns)
		place->blocked_ns += now_ns - place->blocked_since_ns;
	place->blocked_since_ns = 0;
}

/* The connection may have something to send. */
static inline void h2_schedule(struct worker *w, struct conn *c)
{
	struct h2_state *state = state_of(w);
	struct h2_place *place = place_of(c);

	if (place->scheduled || (c->state != CONN_IDLE && c->state != CONN_BUSY))
		return;
	place->scheduled = true;
	state->scheduled[state->scheduled_count++] = conn_index(w, c);
}

/* For the request log: the number of a request on its connection is half its stream id. */
static inline struct exchange_place exchange_place_of(const struct worker *w, const struct conn *c,
						      const struct h2_stream *stream)
{
	return (struct exchange_place){conn_index(w, c), (stream->id + 1) / 2, stream->flags & H2S_RETRIED,
				       0};
}

static inline struct exchange_place waiting_place_of(const struct worker *w, const struct conn *c,
						     const struct h2_waiting *waiting)
{
	return (struct exchange_place){conn_index(w, c), 0, waiting->retried, 0};
}

#endif
