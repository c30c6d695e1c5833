/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A client: one connection to the server, accepted -> (request -> held -> response)* -> closed. Its number is
 * its slot in the worker's table of registered files.
 *
 * A client may send requests without waiting (pipelining). Responses go out in order, and a request is
 * handled when the response before it is through: first `plain_ready` plain responses, then the list. At most
 * one send is under way.
 */
#ifndef VASTAR_SERVE_CLIENT_H
#define VASTAR_SERVE_CLIENT_H

#include "serve/reply.h"
#include "serve/socket.h"

struct serve_worker;

enum client_flag {
	CLIENT_OPEN = 1 << 0,
	CLIENT_RECEIVING = 1 << 1,  /* a receive is armed */
	CLIENT_DROPPING = 1 << 2,   /* it is a one-shot that drops the bytes of a body */
	CLIENT_CANCELLING = 1 << 3, /* its end was requested */
	CLIENT_PAUSED = 1 << 4,	    /* no receive is wanted: too many responses wait */
	CLIENT_STARVED = 1 << 5,    /* the receive found no buffer and is to be armed again */
	CLIENT_SENDING = 1 << 6,    /* a send is in progress */
	CLIENT_HELD = 1 << 7,	    /* in the hold: a delay, a gap, a linger */
	CLIENT_RELEASED = 1 << 8,   /* the delay of the next response is over */
	CLIENT_EOF = 1 << 9,	    /* the client has shut down its side */
	CLIENT_LAST = 1 << 10,	    /* no further request is accepted; closes after the last response */
	/* Bytes arrived after that: closing at once would reset the last response. */
	CLIENT_SURPLUS = 1 << 11,
	CLIENT_LINGERING = 1 << 12,	 /* our side is shut down; waiting for the client's */
	CLIENT_DOOMED = 1 << 13,	 /* closes as soon as its send has ended */
	CLIENT_INCOMING_PLAIN = 1 << 14, /* the body of a request for the plain response is arriving */
	CLIENT_COUNTED = 1 << 15,	 /* among the connections of the counts */
	CLIENT_SILENT = 1 << 16,	 /* the send has a completion only when it fails */
	CLIENT_AWAKE = 1 << 17,		 /* in the list of clients with something to do */
	CLIENT_HEARD = 1 << 18,		 /* wrapped: bytes have arrived */
	CLIENT_SHAKEN = 1 << 19,	 /* its handshake is counted, as done or as failed */
	CLIENT_FINISHED = 1 << 20,	 /* bytes no longer pass through the transport */
	CLIENT_UNDECIDED = 1 << 28,	 /* HTTP/1.1 or HTTP/2: the first bytes, or ALPN, will tell */
	CLIENT_HTTP2 = 1 << 29,
	/* Lists of the worker: an entry stays in its list until it is handled. */
	CLIENT_LISTED = CLIENT_STARVED | CLIENT_AWAKE,
};

struct client {
	struct request_reader reader;
	struct reply *incoming; /* for the request whose body is arriving */
	struct reply *first, *last;
	struct socket *socket; /* it has become a WebSocket; NULL: it has not; owned */
	uint32_t generation;   /* part of user_data: marks completions of an earlier connection as stale */
	/* Plain responses to send before `first`, including those in the current send. */
	uint32_t plain_ready;
	uint32_t plain_under_way;
	uint32_t plain_sent; /* bytes of those in the current send */
	uint32_t queued;     /* in the list */
	uint32_t served;     /* requests, /counts included */
	uint32_t next_starved, next_awake;
	uint32_t flags; /* enum client_flag */
	uint8_t plain_variant;
	uint8_t incoming_variant;
	/* number of further receives that are one-shots for a head, after long bodies */
	uint8_t heads_alone;
	uint8_t preface; /* undecided: bytes of the preface of HTTP/2 so far */
};

_Static_assert(sizeof(struct client) <= 128, "a connection must stay within two cache lines");

/* ---- its life: client.c ---- */

void client_accepted(struct serve_worker *w, uint32_t index);

/* Frees what the connection owns, without kernel operations. */
void client_deinit(struct serve_worker *w, struct client *c);

/* ---- receives: client_receive.c ---- */

/* Completions. `bytes` is the buffer of a receive, NULL without one; `more`: the receive stays armed. */
void client_on_received(struct serve_worker *w, struct client *c, int res, const char *bytes, bool more);
void client_on_dropped(struct serve_worker *w, struct client *c, int res);

/* Buffers are available again. */
void client_rearm(struct serve_worker *w, struct client *c);

/* ---- responses: client_respond.c ---- */

void client_on_sent(struct serve_worker *w, struct client *c, int res);

/* The connection's time in the hold is over. */
void client_on_due(struct serve_worker *w, struct client *c);

/* Decides what comes next, once all completions of this turn are known. */
void client_act(struct serve_worker *w, struct client *c);

#endif
