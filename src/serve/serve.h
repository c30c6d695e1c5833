/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The embedded server: an HTTP/1.1 server with exactly known behaviour. It is the target of the first
 * benchmark on a new machine, the peer of the tests, and the yardstick for the ceiling of this host.
 *
 * The settings below choose the response to "/" and to every path that is not in the table of response.c.
 * The other paths choose it themselves ("/status/404", "/bytes/1000", "/counts" ...).
 *
 * Two things of an ordinary server are missing on purpose: a Date header (the bytes of a response never
 * change, so they can be built once and counted by length) and an idle timeout (ten thousand connections
 * may stay open as long as the client likes).
 */
#ifndef VASTAR_SERVE_SERVE_H
#define VASTAR_SERVE_SERVE_H

#include "serve/settings.h"

/* Serves until stop_fd is readable. Raises RLIMIT_NOFILE as far as possible. Prints "listening on
 * http://127.0.0.1:PORT/" and flushes it, and a report when it stops, both to settings->out. */
int serve_run(const struct serve_settings *settings, struct vastar_error *err);

/* A descriptor for stop_fd (close() it after serve_run()), or -1 with errno. */
int serve_stop_open(void);

/* Stops the server. Async-signal-safe; any thread may call it, more than once. */
void serve_stop(int stop_fd);

#endif
