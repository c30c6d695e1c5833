/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The server's end of TLS, as a transport: transport_tls has the client's. */
#ifndef VASTAR_IO_TLS_SERVER_H
#define VASTAR_IO_TLS_SERVER_H

#include <stdio.h>

#include "io/transport.h"

/* The settings for transport_tls_server.prepare(). Texts may be NULL. The caller keeps them alive until
 * discard(). */
struct tls_server_settings {
	const char *cert_file, *key_file; /* PEM; without them, a certificate is made */
	const char *address;		  /* another address for the made certificate */
	bool rsa;			  /* the made certificate has an RSA key */
	const char *client_ca;		  /* clients must have a certificate from one of these */
	bool no_tickets;		  /* sessions cannot be resumed */
	bool http2;			  /* ALPN: rather h2 than http/1.1 */
};

extern const struct transport transport_tls_server;

/* The certificate that clients should trust, in PEM format. NULL: that of cert_file. */
const char *tls_server_authority(const void *prepared, size_t *lengthp);

#endif
