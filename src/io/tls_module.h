/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * All of TLS behind one name. It is a module, a file that is loaded when the first connection needs it: a run
 * without TLS would otherwise spend a third of its memory on OpenSSL. Meson's option tls_linked links it into
 * the program and the library instead.
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

/* The contents of the module. */
extern const struct tls_module vastar_tls_module;

/* Loads it once; any thread may call this. NULL: failed, as *err says. */
const struct tls_module *tls_module_load(struct vastar_error *err);

/* The client's end of TLS; load() returns the functions. */
extern const struct transport transport_tls_on_demand;

#endif
