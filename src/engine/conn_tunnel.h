/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A tunnel through a proxy (RFC 9110 section 9.3.6), between the connect and the handshake: the request
 * that the plan has built (target->tunnel), and the proxy's response. With 2xx the connection goes on as
 * if it were connected to the target; whatever else happens is an error of kind `proxy`.
 */
#ifndef VASTAR_ENGINE_CONN_TUNNEL_H
#define VASTAR_ENGINE_CONN_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>

struct conn;
struct worker;

void conn_tunnel_begin(struct worker *w, struct conn *c);
void conn_tunnel_sent(struct worker *w, struct conn *c, int res);
void conn_tunnel_received(struct worker *w, struct conn *c, const char *bytes, size_t length);

/* The proxy has been asked for a tunnel and has not answered yet. */
bool conn_tunnelling(const struct worker *w, const struct conn *c);

/* ... and will not: the stream has ended, or it takes too long (ETIMEDOUT). */
void conn_tunnel_failed(struct worker *w, struct conn *c, int error);

void conn_tunnel_close(struct worker *w);

#endif
