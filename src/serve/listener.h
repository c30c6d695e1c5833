/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The address of the server, from text, and the sockets on it, one for each worker. */
#ifndef VASTAR_SERVE_LISTENER_H
#define VASTAR_SERVE_LISTENER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { LISTENER_URL_MAX = INET6_ADDRSTRLEN + 32 };

struct listener_address {
	const char *text; /* the caller's, for messages */
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} socket;
	socklen_t length;
};

/* Reads serve_settings.address, which must be on loopback unless `allow_any`. VASTAR_E_USAGE: invalid. */
int listener_address_parse(struct listener_address *address, const char *text, bool allow_any,
			   struct vastar_error *err);

/* Fails if the port is in use. Sockets of several workers share it, but must not share it with another
 * process of the same user. */
int listener_check_free(const struct listener_address *address, struct vastar_error *err);

/* Opens a listening socket; `shared`: others of this process listen there too. The caller owns *fdp, also
 * after a failure; -1: none. Port 0 becomes a number in *address, for this socket and later ones. */
int listener_open(struct listener_address *address, bool shared, int *fdp, struct vastar_error *err);

uint16_t listener_port(const struct listener_address *address);

/* "127.0.0.1"; INET6_ADDRSTRLEN bytes are enough. False: it means any address. */
bool listener_host(const struct listener_address *address, char *host, size_t size);

/* "http://127.0.0.1:8080/"; LISTENER_URL_MAX bytes are enough. */
void listener_url(const struct listener_address *address, bool tls, char *url, size_t size);

#endif
