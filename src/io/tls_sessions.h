/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * TLS sessions that a server has issued, so that the next connection to it needs no full handshake. A TLS 1.3
 * ticket is used once (RFC 8446 appendix C.4), a TLS 1.2 session again and again.
 */
#ifndef VASTAR_IO_TLS_SESSIONS_H
#define VASTAR_IO_TLS_SESSIONS_H

#include <openssl/ssl.h>
#include <pthread.h>

#include "io/transport.h"

enum {
	/* The newest sessions are kept. Each takes a few kilobytes, and a server issues two per handshake. */
	TLS_SESSIONS_MAX = 128
};

struct tls_session {
	char host[254];
	uint16_t port;
	SSL_SESSION *session; /* owned */
};

/* The sessions of a worker. Connections that have moved to another worker still store theirs here, hence
 * the lock. */
struct tls_sessions {
	pthread_mutex_t lock;
	struct tls_session *each; /* [TLS_SESSIONS_MAX], owned; the oldest first */
	unsigned count;
};

void tls_sessions_init(struct tls_sessions *sessions);
void tls_sessions_deinit(struct tls_sessions *sessions);

/* Takes ownership of `session`. */
void tls_sessions_put(struct tls_sessions *sessions, const struct transport_peer *peer, SSL_SESSION *session);

/* Returns the newest session of the peer, which the caller owns; NULL when there is none. */
SSL_SESSION *tls_sessions_take(struct tls_sessions *sessions, const struct transport_peer *peer);

#endif
