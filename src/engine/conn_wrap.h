/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A connection whose transport is not the plain one: moves bytes between the kernel, the transport and the
 * session. The usual way: conn_wrap_begin() when the socket is connected - the handshake goes to and fro -
 * conn_ready() - conn_wrap_send() takes plaintext - conn_wrap_sent() when the kernel has what became of it -
 * conn_wrap_received() hands plaintext to the session.
 */
#ifndef VASTAR_ENGINE_CONN_WRAP_H
#define VASTAR_ENGINE_CONN_WRAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct conn;
struct worker;

/* What a wrapped connection has beside its struct conn. */
struct wrap {
	void *channel;	   /* the transport's; NULL: none */
	size_t taken;	   /* bytes of the session's send that are on their way */
	uint64_t begun_ns; /* when the handshake began */
};

/* Makes room for a worker's wrapped connections, and sets up the transport where the plan's target needs one.
 * A redirect that needs one does that later. 0, or an error in *err. */
int conn_wrap_open(struct worker *w, struct vastar_error *err);
void conn_wrap_close(struct worker *w);

/* The connection has come from another worker, and its channel with it. */
void conn_wrap_adopt(struct worker *w, const struct conn *c, const struct wrap *wrap);

/* From another thread, when all workers have ended: what their channels share. One may have been handed to
 * another worker. */
void conn_wrap_free(struct worker *w);

void conn_wrap_begin(struct worker *w, struct conn *c);
/* The connection is being dropped, and the cancel of its operations is queued. */
void conn_wrap_end(struct worker *w, struct conn *c);

void conn_wrap_send(struct worker *w, struct conn *c, const char *from, size_t length);
void conn_wrap_sent(struct worker *w, struct conn *c, int res);
void conn_wrap_received(struct worker *w, struct conn *c, const char *bytes, size_t length);

/* The stream ended with `error`, or 0: the error that the session is to be told. */
int conn_wrap_ended(const struct worker *w, const struct conn *c, int error);

#endif
