/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A connection: a socket and its life, in order of time: open -> (handshake) -> (greeting) -> ready -> (idle
 * -> busy)* -> drop -> open ... It knows no protocol. Its session (engine/session.h) decides what is sent on
 * it, its transport (io/transport.h) how bytes get in and out.
 *
 * Every function that changes the life of a connection is in conn.c, conn_open.c, conn_tunnel.c,
 * conn_wrap.c or conn_move.c.
 */
#ifndef VASTAR_ENGINE_CONN_H
#define VASTAR_ENGINE_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/exchange.h"

struct worker;

enum conn_state {
	CONN_CLOSED, /* no socket; may wait in the timer heap for its next attempt */
	CONN_CONNECTING,
	CONN_HANDSHAKING, /* connected, but its tunnel or its transport is not ready yet */
	CONN_GREETING,	  /* they are, but its session has not agreed with the peer yet */
	CONN_IDLE,	  /* ready, no exchange in flight; may wait in the timer heap for its next request */
	CONN_BUSY,	  /* one or more exchanges are in flight */
	/* It moves to another worker: first its receive is cancelled, then it is passed on. */
	CONN_LEAVING,
	CONN_PASSING,
};

enum conn_flag {
	CONN_RECEIVING = 1 << 0, /* a receive is armed */
	CONN_MULTISHOT = 1 << 1, /* ... and it is a multishot one */
	CONN_SENDING = 1 << 2,	 /* a send is in progress */
	/* The peer takes no more bytes. Its response or the end of the stream will tell why. */
	CONN_SEND_FAILED = 1 << 3,
	CONN_REUSED = 1 << 4,  /* this connection has carried a complete exchange */
	CONN_PENDING = 1 << 5, /* one or more exchanges wait for the connection to be opened */
	CONN_RETRIED = 1 << 6, /* ... or an exchange is in flight for the second time */
	/* It serves no further exchange: a redirect has led it away from the plan's host and port, or
	 * another is to take its place. */
	CONN_LAST = 1 << 7,
};

enum { CONN_SESSION_ROOM = 72 };

/* Two cache lines. Buffers belong to the ring, not to connections. */
struct conn {
	/* The exchange in flight if the session has one at a time, else the oldest. Between exchanges its
	 * due_ns is when the next one is due. */
	struct exchange exchange;
	uint64_t since_ns;   /* when it began to connect, or became free */
	uint32_t generation; /* part of user_data: identifies completions of an earlier socket as stale */
	/* Bytes of the request that the kernel has not taken yet; while connecting: errno of socket(). */
	uint32_t unsent;
	int32_t file;	   /* slot in the file table; without a table, the descriptor; -1: none */
	uint8_t state : 4; /* enum conn_state */
	uint8_t large : 1; /* the receive armed last uses the large buffers */
	/* its bytes do not go straight to the session: to the worker's transport, or before that to the
	 * proxy */
	uint8_t wrapped : 1;
	uint8_t listed : 1;   /* in the list of free connections */
	uint8_t led : 1;      /* its exchange was redirected: the worker's hops[] has more */
	uint8_t flags;	      /* enum conn_flag */
	uint8_t address : 5;  /* which of the target's addresses */
	uint8_t leaving : 1;  /* it is to move to another worker */
	uint8_t away : 1;     /* another worker or slot has its place: it is not opened again */
	uint8_t stale : 1;    /* it will be replaced by a new connection, whatever ends it */
	uint8_t tries : 5;    /* addresses tried since the last open connection */
	uint8_t failures : 3; /* failures in a row, for the back-off: saturates */
	/* For the session's own use, aligned for a uint64_t. A session that needs more keeps it in the
	 * worker. */
	unsigned char session[CONN_SESSION_ROOM];
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct conn) == 128, "a connection must stay within two cache lines");
_Static_assert(offsetof(struct conn, session) % sizeof(uint64_t) == 0, "any session state can stand there");

/* Starts to open the connection. If no address can be reached, that counts as an error and uses up a
 * request of -n. */
void conn_open(struct worker *w, struct conn *c);

/* The clock of the run has started, or the timer of the connection is due. */
void conn_wake(struct worker *w, struct conn *c);

/* Replaces it by a new connection: at once, or when its current exchange is complete. */
void conn_renew(struct worker *w, struct conn *c);

/* Checks whether the connection has been busy for longer than the plan allows. */
void conn_check_time(struct worker *w, struct conn *c);

/* Open loop: the free connections of the worker. The connection freed last is taken first, because its
 * memory is still in the cache. */
void conn_idle_push(struct worker *w, struct conn *c);
/* The same, but it is taken last: several requests spread over all connections. */
void conn_idle_push_last(struct worker *w, struct conn *c);
bool conn_idle_pop(struct worker *w, uint32_t *indexp);

/* Completions. */
void conn_on_connect(struct worker *w, struct conn *c, int res);
void conn_on_socket(struct worker *w, struct conn *c, int res);
void conn_on_sent(struct worker *w, struct conn *c, int res);
/* `bytes` are the `res` bytes received, in a buffer that is valid during the call; NULL without a buffer.
 * `more`: the receive stays armed. */
void conn_on_received(struct worker *w, struct conn *c, int res, const char *bytes, bool more);
void conn_on_dropped_bytes(struct worker *w, struct conn *c, int res);

/* Buffers are available again: arms the receive that found none. */
void conn_rearm(struct worker *w, struct conn *c);

#endif
