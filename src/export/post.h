/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Posts over HTTP with libcurl, which is a module of its own (vastar-push.so) and loaded on demand. It brings
 * TLS, proxies and authentication; vastar's own engine stays on the target.
 */
#ifndef VASTAR_EXPORT_POST_H
#define VASTAR_EXPORT_POST_H

#include <stddef.h>

#include "base/err.h"

struct post;

struct post_module {
	const char *version; /* of vastar */
	/* `headers` ends with NULL. NULL: out of memory. */
	struct post *(*open)(const char *url, const char *const *headers);
	/* Posts the bytes. The status of the response, or 0 with the failure in `why`. The first bytes of the
	 * response's body are put into `said`. */
	long (*send)(struct post *post, const char *bytes, size_t length, char *said, size_t said_size,
		     char *why, size_t why_size);
	void (*close)(struct post *post);
};

/* NULL: failed, as *err says. */
const struct post_module *post_module_load(struct vastar_error *err);

#endif
