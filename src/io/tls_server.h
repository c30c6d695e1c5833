/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The server's end of TLS, as a transport: transport_tls has the client's. */
#ifndef VASTAR_IO_TLS_SERVER_H
#define VASTAR_IO_TLS_SERVER_H

#include <stdio.h>

#include "io/transport.h"

/* What transport_tls_server.prepare() takes. Texts may be NULL; they are the caller's until discard(). */
struct tls_server_settings {
	const char *cert_file, *key_file; /* PEM; without them, a certificate is made */
	const char *address;		  /* one more that the made certificate is for */
	bool rsa;			  /* the made one has an RSA key */
	const char *client_ca;		  /* clients must show a certificate that one of these has issued */
	bool no_tickets;		  /* no session can be resumed */
};

extern const struct transport transport_tls_server;

/* The certificate that clients are to trust, in PEM format; NULL: cert_file says it. */
const char *tls_server_authority(const void *prepared, size_t *lengthp);

#endif
