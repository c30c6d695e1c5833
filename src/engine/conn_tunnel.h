/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A tunnel through a proxy (RFC 9110 section 9.3.6), between the connect and the handshake: the request
 * that the plan has built (target->tunnel), and the proxy's response. After a 2xx the connection continues
 * as if connected to the target; anything else is an error of kind `proxy`.
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

/* A tunnel is requested, and the proxy has not responded yet. */
bool conn_tunnelling(const struct worker *w, const struct conn *c);

/* ... and will not: the stream has ended, or it took too long (ETIMEDOUT). */
void conn_tunnel_failed(struct worker *w, struct conn *c, int error);

void conn_tunnel_close(struct worker *w);

#endif
