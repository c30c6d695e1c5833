/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A small HTTP server for scrapers, in its own thread. A function supplies the text. Clients may be slow or
 * hostile, so there are few connections, each has a time limit, the text is rendered at most ten times per
 * second, and the thread runs rarely and with low priority.
 */
#ifndef VASTAR_EXPORT_SCRAPE_H
#define VASTAR_EXPORT_SCRAPE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

struct scrape;

/* Writes the text. Called by the server's thread. */
typedef void scrape_render(void *context, FILE *out);

/* Listens on "ADDR:PORT" (a port alone: on loopback; port 0: any) and starts the thread. VASTAR_E_USAGE or
 * VASTAR_E_SYSTEM with a sentence that begins with `option`. */
int scrape_start(struct scrape **scrapep, const char *option, const char *address, scrape_render *render,
		 void *context, struct vastar_error *err);

/* "http://127.0.0.1:9090/metrics" */
const char *scrape_url(const struct scrape *scrape);

/* True if a client has read the whole text since scrape_forget(). */
bool scrape_was_read(const struct scrape *scrape);
void scrape_forget(struct scrape *scrape);

/* Ends the thread; NULL is allowed. */
void scrape_stop(struct scrape *scrape);

#endif
