/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the channels of a server share within a run and within a worker. tls_context.h is for clients. */
#ifndef VASTAR_IO_TLS_SERVER_CONTEXT_H
#define VASTAR_IO_TLS_SERVER_CONTEXT_H

#include <openssl/ssl.h>

#include "io/tls_server.h"

enum { TLS_TICKET_KEYS = 80 }; /* bytes: name, HMAC key, AES key */

/* Shared within a run. Each worker parses the texts itself, so its objects share nothing. */
struct tls_server_run {
	struct tls_server_settings settings;
	BIO *certificate, *key, *authority; /* PEM, in memory */
	STACK_OF(X509) * client_authorities;
	/* Workers accept each other's tickets. */
	unsigned char ticket_keys[TLS_TICKET_KEYS];
};

/* Shared within a worker. */
struct tls_server_worker {
	const struct tls_server_run *run;
	OSSL_LIB_CTX *library;
	SSL_CTX *context;
	unsigned channels;
};

/* As in struct transport. */
void *tls_server_run_new(const void *settings, struct vastar_error *err);
void tls_server_run_free(void *run);
void *tls_server_worker_new(void *run, struct vastar_error *err);
void tls_server_worker_free(void *worker);

#endif
