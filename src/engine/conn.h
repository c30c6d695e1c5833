/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The life of a connection, in order of time: open -> (idle -> send -> receive -> complete)* -> drop -> open
 * ... Every function that may change a connection's state is in conn.c, conn_open.c or conn_line.c.
 */
#ifndef VASTAR_ENGINE_CONN_H
#define VASTAR_ENGINE_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/h1.h"

struct worker;
struct route;

enum conn_state {
	CONN_CLOSED, /* no socket; may wait in the timer heap for its next attempt */
	CONN_CONNECTING,
	CONN_IDLE, /* open, nothing under way; may wait in the timer heap for its next request */
	CONN_BUSY, /* an exchange is under way; with pipelining this is the oldest one */
};

enum conn_flag {
	CONN_RECEIVING = 1 << 0, /* a receive is armed */
	CONN_MULTISHOT = 1 << 1, /* ... and it is a multishot one */
	CONN_SENDING = 1 << 2,	 /* a send is under way */
	/* the peer takes no more; its answer or the end of the stream will tell why */
	CONN_SEND_FAILED = 1 << 3,
	CONN_REUSED = 1 << 4,	 /* this connection has carried a complete exchange */
	CONN_PENDING = 1 << 5,	 /* an exchange, or several, wait for the connection to be opened */
	CONN_RETRIED = 1 << 6,	 /* ... or is under way for the second time */
	CONN_ELSEWHERE = 1 << 7, /* a redirect has led it away from the plan's host and port */
};

/* What a redirected exchange needs on top; kept with the connection once it was needed. */
struct conn_hop {
	struct route *route; /* NULL: the plan's own request */
	unsigned hops;
	struct h1_location location;
	char value[4096];
};

#define CONN_LISTED UINT64_MAX /* in the list of free connections */

/* Two cache lines. Buffers belong to the ring, not to connections. */
struct conn {
	/* when the exchange was, or the next one is, to be sent; open loop: CONN_LISTED while free */
	uint64_t due_ns;
	uint64_t sent_ns;     /* of the exchange */
	uint64_t written_ns;  /* 0: not yet */
	uint64_t first_ns;    /* 0: not yet; while CONNECTING or IDLE: when that began */
	struct conn_hop *hop; /* NULL until a redirect was met; owned */
	uint32_t generation;  /* told by user_data: completions of an earlier socket are stale */
	/* bytes of the request that the kernel has taken; while CONNECTING: errno of socket() */
	uint32_t written;
	int32_t file;	      /* slot in the file table, or the descriptor without one; -1: none */
	uint8_t state : 7;    /* enum conn_state */
	uint8_t large : 1;    /* the receive that was armed last has the large buffers */
	uint8_t flags;	      /* enum conn_flag */
	uint8_t address;      /* which of the target's addresses */
	uint8_t tries : 5;    /* addresses tried since the last open connection */
	uint8_t failures : 3; /* failures in a row, for the back-off: saturates */
	struct h1_parser parser;
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct conn) == 128, "a connection must stay within two cache lines");

/* Starts to open the connection. Counts as an error, and against -n, when no address can be reached. */
void conn_open(struct worker *w, struct conn *c);

/* The clock of the run has started, or the timer of the connection is due. */
void conn_wake(struct worker *w, struct conn *c);

/* Looks whether the connection has been at something for longer than the plan allows. */
void conn_check_timeout(struct worker *w, struct conn *c);

/* Open loop: sends the request that was due at `due_ns` on a free connection; false when there is none left
 * to be sent. */
bool conn_send_arrival(struct worker *w, struct conn *c, uint64_t due_ns);

/* Open loop: the free connections of the worker. The one that was freed last is taken first, for it is
 * warm. */
void conn_idle_push(struct worker *w, struct conn *c);
bool conn_idle_pop(struct worker *w, uint32_t *indexp);

/* Pipelining: sends what the completions of this pass have made room for. */
void conn_send_scheduled(struct worker *w);

/* The run is over: an exchange that is still under way counts as aborted. */
void conn_abort(struct worker *w, struct conn *c);

void conn_deinit(struct conn *c);

void conn_on_connect(struct worker *w, struct conn *c, int res);
void conn_on_socket(struct worker *w, struct conn *c, int res);
void conn_on_sent(struct worker *w, struct conn *c, int res);
/* `bytes` are the `res` bytes received, in a buffer that is valid during the call; NULL without one. `more`:
 * the receive goes on. */
void conn_on_received(struct worker *w, struct conn *c, int res, const char *bytes, bool more);
void conn_on_dropped_bytes(struct worker *w, struct conn *c, int res);

/* Buffers are there again: arms the receive that failed for want of one. */
void conn_rearm(struct worker *w, struct conn *c);

#endif
