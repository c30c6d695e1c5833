/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * TLS 1.2 and 1.3 as a transport (RFC 5246, RFC 8446), by OpenSSL. Each worker has an OSSL_LIB_CTX and an
 * SSL_CTX of its own: OpenSSL 3.0 loses most of its time to its own locks when threads share them.
 */
#ifndef VASTAR_IO_TLS_H
#define VASTAR_IO_TLS_H

#include "io/transport.h"

enum tls_version { TLS_ANY, TLS_1_2, TLS_1_3 };

/* What transport_tls.prepare() takes. Every text may be NULL and remains the caller's until discard(). */
struct tls_settings {
	const char *ca_file, *ca_path; /* instead of the system's store */
	bool insecure;		       /* nothing is verified */
	const char *cert_file,
	    *key_file;		   /* PEM, of the client; the key may be in the file of the certificate */
	const char *password_file; /* of the key: its first line */
	const char *server_name;   /* instead of the host's name, for SNI and for verifying */
	enum tls_version min, max;
	const char *ciphers;	   /* of TLS 1.2, as openssl-ciphers(1) */
	const char *tls13_ciphers; /* names separated by colons */
	const char *curves;	   /* groups of the key exchange, likewise */
	bool no_session_reuse;
	const char *key_log_file; /* keys are appended to it (SSLKEYLOGFILE) */
	bool many;		  /* connections: idle ones keep little memory */
};

extern const struct transport transport_tls;

#endif
