/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Posts the text of a function to a URL, once a second and at the end, in a thread of its own. A failure
 * never fails the run: it is counted. */
#ifndef VASTAR_EXPORT_PUSH_H
#define VASTAR_EXPORT_PUSH_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

struct push;

/* Writes the text to be posted, or nothing: there is no data yet. Called by the thread. */
typedef void push_render(void *context, FILE *out);

/* Loads libcurl and starts the thread. `content_type` is that of what is posted. */
int push_start(struct push **pushp, const char *option, const char *url, const char *content_type,
	       push_render *render, void *context, struct vastar_error *err);

/* Posts once more, up to three times if the server is busy, and ends. True: something was lost, which `text`
 * describes: "3 of 10 posts failed: HTTP 500". NULL is allowed. */
bool push_stop(struct push *push, char *text, size_t size);

#endif
