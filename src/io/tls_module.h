/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * All of TLS behind one name. It is a module, a file that is loaded when the first connection needs it:
 * OpenSSL would be a third of the memory of a run that does not need it. Meson's option tls_linked makes it a
 * part of the program and the library instead.
 */
#ifndef VASTAR_IO_TLS_MODULE_H
#define VASTAR_IO_TLS_MODULE_H

#include <stddef.h>

#include "io/transport.h"

struct tls_module {
	const char *version; /* of vastar */
	const struct transport *client, *server;
	const char *(*server_authority)(const void *prepared, size_t *lengthp); /* as in tls_server.h */
};

/* What is loaded. */
extern const struct tls_module vastar_tls_module;

/* Loads it once; any thread may ask. NULL: *err says why not. */
const struct tls_module *tls_module_load(struct vastar_error *err);

/* The client's end of TLS, of which load() gives the rest. */
extern const struct transport transport_tls_on_demand;

#endif
