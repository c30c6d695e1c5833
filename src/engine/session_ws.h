/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What session_ws.c keeps for a worker and for a connection. */
#ifndef VASTAR_ENGINE_SESSION_WS_H
#define VASTAR_ENGINE_SESSION_WS_H

#include <string.h>

#include "engine/conn_internal.h"
#include "proto/ws.h"
#include "proto/ws_handshake.h"
#include "proto/ws_inflate.h"

/* Codes that distinguish the examples of one kind of error, above any 4 x errno. */
enum {
	WS_ERROR_CODE = 10000,	   /* + enum ws_error */
	WS_CLOSED_CODE = 20000,	   /* + the code of a close frame */
	WS_RESPONSE_CODE = 90000,  /* + the status of a response */
	WS_AGREEMENT_CODE = 92000, /* + enum ws_agreement */
	WS_LONG_RESPONSE = 93000,
	WS_LOST_WITH_ANOTHER,
};

enum {
	WS_OUT_MAX = 64 * 1024, /* bytes in one send: what a socket buffer usually takes */
	/* With ids: this many times --ws-per-connection messages may be sent before the oldest has its
	 * response. */
	WS_AHEAD = 8,
	WS_OUT_CONTROL = 160, /* room for a pong and a ping behind the messages */
};

/* The session's state of a worker. */
struct ws_state {
	uint64_t random[2];  /* for masks and keys */
	size_t frame_length; /* of a message: head and payload */
	uint32_t out_size;
	uint32_t *scheduled; /* connections that may have something to send */
	uint32_t scheduled_count;
};

/* A message that was sent and has no response yet. */
struct ws_sent {
	struct exchange exchange;
	uint32_t ordinal;
	bool done; /* its response has arrived, before that of an older one */
};

/* Looks for one of our ids in a received message. */
struct ws_search {
	uint64_t value; /* of the digits that were read last */
	uint32_t found; /* the number of the message */
	uint8_t digits;
	bool any;
};

/* What is kept for a connection. Messages are counted from 0 on each connection. */
struct ws_link {
	struct ws ws;
	char *head; /* of the response to the handshake, so far; owned; NULL afterwards */
	uint32_t head_length;
	uint32_t begun;		   /* messages whose first byte is queued or sent */
	uint32_t ended;		   /* ... whose last byte is */
	uint32_t written;	   /* ... that the kernel has taken */
	uint32_t answered;	   /* ... whose response has arrived: ring[answered % depth] is the oldest */
	uint32_t ahead;		   /* ... messages that are `done` behind that */
	uint32_t depth;		   /* of the ring */
	uint32_t in_flight;	   /* at most this many are open */
	uint32_t out_from, out_to; /* the output that has not been taken yet */
	uint32_t chunk;		   /* of it: in a send */
	uint32_t chunk_ended;	   /* ... with the ends of messages below this number */
	uint64_t payload_put;	   /* of the message that is not `ended` */
	uint64_t upgrade_ns;	   /* when the handshake began */
	uint64_t first_ns;	   /* of the message being received; 0: none */
	uint64_t free_ns;	   /* when it last got room for a message */
	uint64_t ping_ns;	   /* when the last ping was sent: its payload; 0: its pong has come */
	uint64_t next_ping_ns;
	struct ws_search search;
	struct ws_inflater *inflater; /* owned; NULL until a compressed message arrives */
	uint8_t mask[4];	      /* of that message */
	char accept[WS_ACCEPT_LENGTH];
	bool pong_due;
	uint8_t pong_length;
	uint8_t pong[WS_CONTROL_MAX];
	uint8_t *out; /* [out_size], behind the ring; not owned apart */
	struct ws_sent ring[];
};

/* What moves with a connection; in conn->session. */
struct ws_place {
	struct ws_link *link; /* owned; NULL until the connection greets for the first time */
	bool scheduled;
};

_Static_assert(sizeof(struct ws_place) <= CONN_SESSION_ROOM, "it stands in the connection");

static inline struct ws_state *ws_state_of(const struct worker *w)
{
	return w->session_state;
}

static inline struct ws_place *ws_place_of(struct conn *c)
{
	return (struct ws_place *)(void *)c->session;
}

static inline struct ws_link *ws_link_of(const struct conn *c)
{
	return ((const struct ws_place *)(const void *)c->session)->link;
}

/* Messages without a response. */
static inline uint32_t ws_open(const struct ws_link *link)
{
	return link->begun - link->answered - link->ahead;
}

static inline struct ws_sent *ws_oldest(struct ws_link *link)
{
	return &link->ring[link->answered % link->depth];
}

static inline struct exchange_place ws_place_in_log(const struct worker *w, const struct conn *c,
						    const struct ws_sent *sent)
{
	return (struct exchange_place){conn_index(w, c), sent->ordinal, false};
}

/* Random bytes. A machine between the peers must not be able to predict a mask (RFC 6455 section 10.3), but
 * masks are no secret. xoroshiro128+ of Blackman and Vigna, 2018. */
static inline uint64_t ws_random(struct ws_state *state)
{
	uint64_t a = state->random[0], b = state->random[1], result = a + b;

	b ^= a;
	state->random[0] = (a << 24 | a >> 40) ^ b ^ b << 16;
	state->random[1] = b << 37 | b >> 27;
	return result;
}

static inline void ws_new_mask(struct ws_state *state, uint8_t mask[4])
{
	uint64_t random = ws_random(state) >> 32;

	memcpy(mask, &random, 4);
}

/* The connection may have something to send. */
static inline void ws_schedule(struct worker *w, struct conn *c)
{
	struct ws_state *state = ws_state_of(w);
	struct ws_place *place = ws_place_of(c);

	if (place->scheduled || (c->state != CONN_IDLE && c->state != CONN_BUSY))
		return;
	place->scheduled = true;
	state->scheduled[state->scheduled_count++] = conn_index(w, c);
}

/* ---- ws_greet.c ---- */

/* Allocates the state of the connection, and sends the request to upgrade. */
void ws_greet(struct worker *w, struct conn *c);

/* Bytes arrived while greeting. Returns how many belong to the response to the handshake; the connection is
 * ready, or was dropped, if it no longer greets. */
size_t ws_greeting(struct worker *w, struct conn *c, const char *bytes, size_t length);

/* The stream has ended, or too much time has passed, while greeting. */
void ws_greeting_ended(struct worker *w, struct conn *c, int error);
void ws_greeting_late(struct worker *w, struct conn *c);

/* ---- ws_output.c: these put frames into the output of a connection; session_ws.c sends it ---- */

/* Room for messages, in bytes. The room for a control frame behind them is not part of it. */
uint32_t ws_out_room(const struct ws_state *state, const struct ws_link *link);

/* A new message, as much of it as there is room for. With an id, the caller has checked that it fits. */
void ws_out_message(struct worker *w, struct ws_link *link);

/* The payload of the message that has begun, as much of it as there is room for. */
void ws_out_payload(struct worker *w, struct ws_link *link);

/* A pong or a ping if one is due and no message has begun. */
void ws_out_pong(struct worker *w, struct ws_link *link);
void ws_out_ping(struct worker *w, struct ws_link *link);

/* ---- ws_loss.c ---- */

/* The peer has broken the protocol, or has sent a close frame. */
void ws_broken(struct worker *w, struct conn *c);
void ws_closed(struct worker *w, struct conn *c);

/* For the row of struct session. */
void ws_ended(struct worker *w, struct conn *c, int error);
void ws_lose(struct worker *w, struct conn *c, const struct loss *loss);
void ws_check_time(struct worker *w, struct conn *c);
void ws_run_over(struct worker *w, struct conn *c);

#endif
