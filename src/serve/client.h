/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The life of a connection: accepted -> (request -> held -> answered)* -> closed. Its number is its slot in
 * the worker's table of registered files.
 *
 * Requests that a client sends without waiting (pipelining) are answered in order, each one handled when its
 * predecessor is through: first `plain_ready` plain answers, then the list. One send is under way at most.
 */
#ifndef VASTAR_SERVE_CLIENT_H
#define VASTAR_SERVE_CLIENT_H

#include "serve/reply.h"

struct serve_worker;

enum conn_flag {
	CONN_OPEN = 1 << 0,
	CONN_RECEIVING = 1 << 1,  /* a receive is armed */
	CONN_DROPPING = 1 << 2,	  /* it is a one-shot that drops the bytes of a body */
	CONN_CANCELLING = 1 << 3, /* its end has been asked for */
	CONN_PAUSED = 1 << 4,	  /* no receive is wanted: too many answers wait */
	CONN_STARVED = 1 << 5,	  /* the receive found no buffer and is to be armed again */
	CONN_SENDING = 1 << 6,	  /* a send is under way */
	CONN_HELD = 1 << 7,	  /* in the hold: a delay, a gap, a linger */
	CONN_RELEASED = 1 << 8,	  /* the delay of the next answer is over */
	CONN_EOF = 1 << 9,	  /* the client has said all it had to say */
	CONN_LAST = 1 << 10,	  /* no further request is taken; the end of the answers closes */
	CONN_SURPLUS = 1 << 11,	  /* bytes came after that: closing at once would reset the last answer */
	CONN_LINGERING = 1 << 12, /* our side is shut, waiting for theirs */
	CONN_DOOMED = 1 << 13,	  /* closes as soon as its send has ended */
	CONN_INCOMING_PLAIN = 1 << 14, /* the body of a request for the plain answer is arriving */
	CONN_COUNTED = 1 << 15,	       /* among the connections of the counts */
	CONN_SILENT = 1 << 16,	       /* the send is one that has a completion only when it fails */
	CONN_AWAKE = 1 << 17,	       /* in the list of those with something to do */
	/* Lists of the worker's: what is in one stays there until its turn comes. */
	CONN_LISTED = CONN_STARVED | CONN_AWAKE,
};

struct client {
	struct request_reader reader;
	struct reply *incoming; /* for the request whose body is arriving */
	struct reply *first, *last;
	uint32_t generation;  /* told by user_data: completions of an earlier connection are stale */
	uint32_t plain_ready; /* plain answers to send before `first`, those under way included */
	uint32_t plain_under_way;
	uint32_t plain_sent; /* bytes of those under way */
	uint32_t queued;     /* in the list */
	uint32_t served;     /* requests, /counts included */
	uint32_t next_starved, next_awake;
	uint32_t flags; /* enum conn_flag */
	uint8_t plain_variant;
	uint8_t incoming_variant;
	/* receives to come that are one-shots for a head: long bodies have come lately */
	uint8_t heads_alone;
};

_Static_assert(sizeof(struct client) <= 128, "a connection must stay within two cache lines");

void serve_conn_accepted(struct serve_worker *w, uint32_t index);

/* Completions. `bytes` is the buffer of a receive, NULL without one; `more`: the receive goes on. */
void serve_conn_on_received(struct serve_worker *w, struct client *c, int res, const char *bytes, bool more);
void serve_conn_on_dropped(struct serve_worker *w, struct client *c, int res);
void serve_conn_on_sent(struct serve_worker *w, struct client *c, int res);

/* The hold has given the connection back. */
void serve_conn_on_due(struct serve_worker *w, struct client *c);

/* All completions of this turn are known: does what is to be done. */
void serve_conn_act(struct serve_worker *w, struct client *c);

/* Buffers are there again. */
void serve_conn_rearm(struct serve_worker *w, struct client *c);

/* Frees what the connection owns, without a word to the kernel. */
void serve_conn_deinit(struct client *c);

#endif
