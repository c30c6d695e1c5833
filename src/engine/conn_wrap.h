/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A connection whose transport is not the plain one: moves bytes between the kernel, the transport and the
 * session. The usual way: conn_wrap_begin() when the socket is connected; the messages of the handshake;
 * conn_ready(); conn_wrap_send() takes plaintext; conn_wrap_sent() gets the completion of the send;
 * conn_wrap_received() hands plaintext to the session.
 */
#ifndef VASTAR_ENGINE_CONN_WRAP_H
#define VASTAR_ENGINE_CONN_WRAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct conn;
struct worker;

/* What a wrapped connection has in addition to its struct conn. */
struct wrap {
	void *channel;	   /* of the transport; NULL: none, or no tunnel yet */
	size_t taken;	   /* bytes of the session's send that were handed to the transport */
	uint64_t begun_ns; /* when the handshake began */
};

/* Makes room for a worker's wrapped connections, and sets up the transport if the plan's target needs one.
 * If only a redirect needs one, it is set up then. Returns 0, or an error in *err. */
int conn_wrap_open(struct worker *w, struct vastar_error *err);
void conn_wrap_close(struct worker *w);

/* The run is over: the last words on all connections. */
void conn_farewells(struct worker *w);

/* The connection and its channel have arrived from another worker. */
void conn_wrap_adopt(struct worker *w, const struct conn *c, const struct wrap *wrap);

/* Called from another thread, after all workers have ended: frees what the worker's channels share.
 * Channels may have moved to another worker, so this must wait for all of them. */
void conn_wrap_free(struct worker *w);

void conn_wrap_begin(struct worker *w, struct conn *c);
/* The connection is being dropped, and the cancel of its operations is queued. Before its close is, its
 * session and its transport tell the peer that nothing follows, or why a handshake has failed. */
void conn_farewell(struct worker *w, struct conn *c);
void conn_wrap_end(struct worker *w, struct conn *c);

void conn_wrap_send(struct worker *w, struct conn *c, const char *from, size_t length);
void conn_wrap_sent(struct worker *w, struct conn *c, int res);
void conn_wrap_received(struct worker *w, struct conn *c, const char *bytes, size_t length);

/* The stream ended with `error`, or 0. Returns the error to report to the session. */
int conn_wrap_ended(const struct worker *w, const struct conn *c, int error);

#endif
