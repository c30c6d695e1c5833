/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What channels share: within a run (checked and read once), and within a worker (an SSL_CTX). */
#ifndef VASTAR_IO_TLS_CONTEXT_H
#define VASTAR_IO_TLS_CONTEXT_H

#include <openssl/ssl.h>
#include <stdio.h>

#include "io/tls.h"
#include "io/tls_sessions.h"

/* Shared within a run. */
struct tls_run {
	struct tls_settings settings;
	STACK_OF(X509) * authorities; /* of ca_file; NULL: those of the system */
	STACK_OF(X509_CRL) * revoked; /* lists of crl_file; NULL: not checked */
	char password[256];
	FILE *key_log; /* NULL: not wanted */
};

/* Shared within a worker. */
struct tls_worker {
	const struct tls_run *run;
	OSSL_LIB_CTX *library;
	SSL_CTX *context;
	struct tls_sessions sessions;
};

/* As in struct transport. */
void *tls_run_new(const void *settings, struct vastar_error *err);
void tls_run_free(void *run);

/* Without the callbacks that need a channel. NULL: failed, as *err says. */
struct tls_worker *tls_worker_new(const struct tls_run *run, struct vastar_error *err);
void tls_worker_free(void *worker);

#endif
