/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* HTTP/2 on the connections that speak it: with prior knowledge, or by ALPN. libnghttp2 makes the frames, so
 * that client and server share no code. A connection that does not begin with the preface of HTTP/2, or that
 * has not agreed on it, stays with HTTP/1.1. */
#ifndef VASTAR_SERVE_HTTP2_H
#define VASTAR_SERVE_HTTP2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct client;
struct serve_worker;
struct http2_worker;

enum {
	HTTP2_STREAMS_HELD = 1 << 20
}; /* of a worker, at once; ids of its hold behind those of the connections */

/* What the connections of a worker share, w->http2. http2_close() is called after a failure too. */
int http2_open(struct serve_worker *w, struct vastar_error *err);
void http2_close(struct serve_worker *w);

/* The first bytes of a connection that is undecided: which protocol is it? Takes them. False: out of memory,
 * or the connection breaks the rules; the caller closes it. */
bool http2_decide(struct serve_worker *w, struct client *c, const char *bytes, size_t length);

/* The handshake is done, and ALPN decides. False: out of memory. */
bool http2_decide_by_alpn(struct serve_worker *w, struct client *c);

/* For connections that have been decided for HTTP/2. */
bool http2_take(struct serve_worker *w, struct client *c, const char *bytes, size_t length);
void http2_act(struct serve_worker *w, struct client *c);
void http2_on_sent(struct serve_worker *w, struct client *c, uint32_t taken);

/* The delay of a stream in the hold is over. `id`: its id there, minus the number of connections. */
void http2_on_due(struct serve_worker *w, uint32_t slot);

/* Frees the state of the connection; does nothing for one that speaks HTTP/1.1. */
void http2_end(struct serve_worker *w, struct client *c);

/* The number of an error code that is named as in RFC 9113 section 7; -1: there is no such name. */
int http2_code(const char *name);

#endif
