/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Sessions that a server has given out, so that the next connection to it needs no full handshake. A ticket
 * of TLS 1.3 is used once (RFC 8446 appendix C.4), a session of TLS 1.2 again and again.
 */
#ifndef VASTAR_IO_TLS_SESSIONS_H
#define VASTAR_IO_TLS_SESSIONS_H

#include <openssl/ssl.h>
#include <pthread.h>

#include "io/transport.h"

enum {
	/* The newest are kept: a few kilobytes each, and a server gives two with each handshake. */
	TLS_SESSIONS_MAX = 128
};

struct tls_session {
	char host[254];
	uint16_t port;
	SSL_SESSION *session; /* owned */
};

/* Of a worker. Connections that have moved to another one still put theirs here, hence the lock. */
struct tls_sessions {
	pthread_mutex_t lock;
	struct tls_session *each; /* [TLS_SESSIONS_MAX], owned; the oldest first */
	unsigned count;
};

void tls_sessions_init(struct tls_sessions *sessions);
void tls_sessions_deinit(struct tls_sessions *sessions);

/* Takes over `session`. */
void tls_sessions_put(struct tls_sessions *sessions, const struct transport_peer *peer, SSL_SESSION *session);

/* The newest session of the peer, which is the caller's; NULL: there is none. */
SSL_SESSION *tls_sessions_take(struct tls_sessions *sessions, const struct transport_peer *peer);

#endif
