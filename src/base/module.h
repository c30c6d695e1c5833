/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A part of vastar that is a file of its own, because its library would be most of the memory of a run that
 * does not need it. It is loaded when something asks for it, and stays for as long as the program runs.
 */
#ifndef VASTAR_BASE_MODULE_H
#define VASTAR_BASE_MODULE_H

#include "base/err.h"

struct module {
	const char *subject; /* of what is said when it cannot be loaded: "TLS" */
	const char *file;    /* "vastar-tls.so" */
	const char *symbol;  /* of its face, whose first member is the version of vastar, a text */
	const char *library; /* what it needs: "OpenSSL 3" */
	const void *face;    /* once it is loaded; NULL before */
};

/* Loads it once; any thread may ask. NULL: *err says why not. */
const void *module_load(struct module *module, struct vastar_error *err);

#endif
