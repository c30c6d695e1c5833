/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * TLS 1.2 and 1.3 as a transport (RFC 5246, RFC 8446), with OpenSSL. Each worker has its own OSSL_LIB_CTX and
 * SSL_CTX: OpenSSL 3.0 loses most of its time to its own locks when threads share them.
 */
#ifndef VASTAR_IO_TLS_H
#define VASTAR_IO_TLS_H

#include "io/transport.h"

enum tls_version { TLS_ANY, TLS_1_2, TLS_1_3 };

/* The settings for transport_tls.prepare(). Every text may be NULL. The caller keeps them alive until
 * discard(). */
struct tls_settings {
	const char *ca_file, *ca_path; /* instead of the system's store */
	const char *crl_file;	       /* revoked certificates, PEM */
	bool insecure;		       /* nothing is verified */
	const char *cert_file,
	    *key_file; /* client certificate and key, PEM; the key may be in the certificate's file */
	const char *password_file; /* its first line is the password of the key */
	const char *server_name;   /* replaces the host's name for SNI and verification */
	enum tls_version min, max;
	const char *ciphers;	   /* for TLS 1.2, in the syntax of openssl-ciphers(1) */
	const char *tls13_ciphers; /* names separated by colons */
	const char *curves;	   /* groups for the key exchange, names separated by colons */
	bool no_session_reuse;
	const char *key_log_file; /* session keys are appended to this file (SSLKEYLOGFILE) */
	bool http2;		  /* ALPN offers h2, and only that; without it the handshake fails */
	bool many;		  /* with many connections: idle ones release their buffers */
};

extern const struct transport transport_tls;

#endif
