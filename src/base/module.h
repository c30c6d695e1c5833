/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A part of vastar in a separate file, because its library would take most of the memory of a run that does
 * not need it. It is loaded on demand, and stays until the program ends.
 */
#ifndef VASTAR_BASE_MODULE_H
#define VASTAR_BASE_MODULE_H

#include "base/err.h"

struct module {
	const char *subject; /* for the message when it cannot be loaded: "TLS" */
	const char *file;    /* "vastar-tls.so" */
	const char *symbol;  /* of its interface, whose first member is the version of vastar, a text */
	const char *library; /* what it needs: "OpenSSL 3" */
	const void *face;    /* once it is loaded; NULL before */
};

/* Loads it once; any thread may call this. NULL: failed, as *err says. */
const void *module_load(struct module *module, struct vastar_error *err);

#endif
