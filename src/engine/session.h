/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A session: how exchanges share a connection. It turns the events of a connection into requests and their
 * outcomes: `h1` has one exchange at a time, `line` several in order (pipelining). Each session is a row here
 * and a file engine/session_NAME.c; conn.c and worker.c do not know any session by name.
 *
 * A session can rely on this: the calls below come from the loop of one worker, one at a time. It may use
 * engine/conn_internal.h for its connection and engine/exchange.h to count.
 */
#ifndef VASTAR_ENGINE_SESSION_H
#define VASTAR_ENGINE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/shard.h"

struct conn;
struct vastar_plan;
struct worker;

/* Why a connection is lost. */
struct loss {
	enum error_kind kind;
	int code; /* `code` and `text` are as for shard_error() */
	const char *text;
	bool unreachable; /* no connection could be opened for the exchanges that wait for one */
};

/* What is known of the bytes that a connection will receive. conn_receive.c chooses the way to receive by
 * it. */
struct outlook {
	uint64_t droppable;  /* how many of the next bytes may be dropped unread */
	uint64_t mean_chunk; /* bytes; 0: the body has no chunks, or none so far */
	bool in_body;	     /* the head of a response is complete, but not its body */
	bool has_length;     /* the body is in one piece of known length */
};

enum { SESSION_FAREWELL = 16 };

struct session {
	const char *name;

	/* Several exchanges share one send and one receive. */
	bool several;
	/* A connection that still has exchanges in flight may let another one stand in for it: the worker has
	 * twice as many slots, of which those from conn_count on are empty (conn->away) at first. */
	bool stands_in;
	uint32_t small_buffer; /* bytes per receive for heads and short responses */

	/* Sets up the session's data for a worker, in worker->session_state. False: out of memory; close()
	 * is called even then. */
	bool (*open)(struct worker *w);
	void (*close)(struct worker *w);

	/* Frees what the session keeps for a connection outside of struct conn. What conn->session points
	 * to moves with the connection, and the connection that has moved is cleared. NULL: nothing. */
	void (*release)(struct conn *c);

	/* The connection is connected. The session agrees with the peer on their protocol, and calls
	 * conn_greeted() when they do, or conn_unusable(). Until then the connection is CONN_GREETING; only
	 * written, received, ended and check_time are called. NULL: nothing to agree on. */
	void (*greet)(struct worker *w, struct conn *c);

	/* The ready connection is about to be closed: writes last words for the peer, at most
	 * SESSION_FAREWELL bytes, and returns their length. A send may be in flight. NULL: none. */
	size_t (*farewell)(struct worker *w, struct conn *c, uint8_t *to);

	/* The connection is ready, for the first time or again: what waits for it (CONN_PENDING) can be
	 * sent. */
	void (*ready)(struct worker *w, struct conn *c);

	/* The connection is idle: sends what is due, or arranges for it to be sent when it is due. If the
	 * connection is leaving (conn->leaving) and no exchange is in flight, calls conn_leave() instead. */
	void (*may_send)(struct worker *w, struct conn *c);

	/* Open loop: sends the request that was due at `due_ns` on a free connection. False: no request is
	 * left. NULL: the plan does not allow this session in open loops. */
	bool (*send_due)(struct worker *w, struct conn *c, uint64_t due_ns);

	/* Open loop: may a request be sent on a connection that is busy? NULL: no. */
	bool (*has_room)(const struct conn *c);

	/* The connection of this slot is to move, and another one may stand in for it, which then ends. If it
	 * cannot yet, worker->recheck is set. NULL: none stands in. */
	void (*recall)(struct worker *w, struct conn *c);

	/* The timer of a connection that is busy has gone off. NULL: it sets none. */
	void (*wake)(struct worker *w, struct conn *c);

	/* All completions of a pass have been handled. NULL: the session defers no work until then. */
	void (*pass_ended)(struct worker *w);

	/* The kernel has taken `bytes` more of what conn_send() was given. 0: the send was interrupted,
	 * and the same bytes have to be sent again. */
	void (*written)(struct worker *w, struct conn *c, size_t bytes);

	/* Bytes arrived. They are valid during the call, which may end the connection. */
	void (*received)(struct worker *w, struct conn *c, const char *bytes, size_t length);

	/* `bytes` more bytes, at most as many as the outlook allowed, arrived and were dropped. */
	void (*dropped)(struct worker *w, struct conn *c, uint64_t bytes);

	void (*outlook)(const struct conn *c, struct outlook *outlook);

	/* The peer has ended the stream (error 0), or the stream broke. This may complete an exchange.
	 * Otherwise the session calls conn_replace(), conn_resend() or conn_fail(). */
	void (*ended)(struct worker *w, struct conn *c, int error);

	/* The connection is lost, or could not be opened: which of the exchanges that are in flight on it
	 * or wait for it may be sent again? Those wait for the next connection, with CONN_PENDING set; the
	 * others are counted as failed. */
	void (*lose)(struct worker *w, struct conn *c, const struct loss *loss);

	/* Checks the clock: fails every exchange that is in flight for longer than the plan's timeout. */
	void (*check_time)(struct worker *w, struct conn *c);

	/* The run is over: exchanges still in flight are counted as cut off. */
	void (*run_over)(struct worker *w, struct conn *c);
};

extern const struct session session_h1, session_h1_stream, session_h1_expect, session_h1_tokens, session_line,
    session_h2, session_ws;

/* The session of a plan's connections. */
const struct session *session_of(const struct vastar_plan *plan);

#endif
