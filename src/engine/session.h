/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A session: how exchanges share a connection. It turns what happens to a connection into requests and their
 * outcomes: `h1` has one exchange at a time, `line` several in order (pipelining). A session is a row here
 * and a file engine/session_NAME.c; conn.c and worker.c know none of them by name.
 *
 * What a session may rely on: the calls below come from the loop of one worker, one at a time. What it may
 * use: engine/conn_internal.h for its connection, engine/exchange.h to count.
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
	int code; /* as for shard_error(), and so is the text */
	const char *text;
	bool unreachable; /* no connection could be made for those that wait for one */
};

/* What is known of the bytes that a connection will receive: conn_receive.c chooses by it how. */
struct outlook {
	uint64_t droppable;  /* of the next bytes: may be thrown away unseen */
	uint64_t mean_chunk; /* bytes; 0: the body has no chunks, or none yet */
	bool in_body;	     /* the head of a response is complete, its body is not */
	bool has_length;     /* the body is in one piece of known length */
};

struct session {
	const char *name;

	/* Several exchanges share a send and a receive. */
	bool several;
	uint32_t small_buffer; /* bytes of a receive for heads and short responses */

	/* Sets up what the session keeps for a worker, in worker->session_state; false: out of memory.
	 * close() is called all the same. */
	bool (*open)(struct worker *w);
	void (*close)(struct worker *w);

	/* The connection is ready, for the first time or again: what waits for it (CONN_PENDING) can go. */
	void (*ready)(struct worker *w, struct conn *c);

	/* The connection is idle: sends what is due, or sees to it that this happens when it is. One that is
	 * leaving (conn->leaving), and has nothing under way, goes with conn_leave() instead. */
	void (*may_send)(struct worker *w, struct conn *c);

	/* Open loop: sends the request that was due at `due_ns` on a free connection; false: none is left to
	 * be sent. NULL: the plan keeps such a session out of open loops. */
	bool (*send_due)(struct worker *w, struct conn *c, uint64_t due_ns);

	/* All completions of a pass have been handled. NULL: nothing is put off until then. */
	void (*pass_ended)(struct worker *w);

	/* The kernel has taken `bytes` more of what conn_send() was given; 0: it was disturbed, and the same
	 * is to be sent again. */
	void (*written)(struct worker *w, struct conn *c, size_t bytes);

	/* Bytes came. They are valid during the call; it may end the connection. */
	void (*received)(struct worker *w, struct conn *c, const char *bytes, size_t length);

	/* `bytes`, at most as many as the outlook allowed, came and were thrown away. */
	void (*dropped)(struct worker *w, struct conn *c, uint64_t bytes);

	void (*outlook)(const struct conn *c, struct outlook *outlook);

	/* The peer has ended the stream (error 0), or it broke: an exchange may be complete by that. Else the
	 * session calls conn_replace(), conn_resend() or conn_fail(). */
	void (*ended)(struct worker *w, struct conn *c, int error);

	/* The connection is lost, or could not be opened: which of the exchanges that are under way on it or
	 * wait for it may be sent again? Those wait for the next connection, with CONN_PENDING set; the
	 * others are counted as failed. */
	void (*lose)(struct worker *w, struct conn *c, const struct loss *loss);

	/* Time passes: fails what has been under way for longer than the plan's timeout. */
	void (*check_time)(struct worker *w, struct conn *c);

	/* The run is over: what is still under way is counted as cut off. */
	void (*run_over)(struct worker *w, struct conn *c);
};

extern const struct session session_h1, session_line;

/* The session of a plan's connections. */
const struct session *session_of(const struct vastar_plan *plan);

#endif
