/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The embedded origin: an HTTP/1.1 server whose behaviour is known exactly. It is the target of the first
 * benchmark on a new machine, the peer of the tests, and the yardstick for what this host can do at most.
 *
 * The settings below choose the response to "/" and to every path that is not in the table of response.c. The
 * other paths choose it themselves ("/status/404", "/bytes/1000", "/counts" ...).
 *
 * Two things that an ordinary server would do are left out on purpose: no Date header (the bytes of a
 * response never change, so that they can be built once and counted by their length) and no idle timeout (ten
 * thousand connections may stay open as long as the client likes).
 */
#ifndef VASTAR_SERVE_SERVE_H
#define VASTAR_SERVE_SERVE_H

#include "serve/settings.h"

/* Serves until stop_fd is readable. Raises RLIMIT_NOFILE as far as it may. Prints "listening on
 * http://127.0.0.1:PORT/" and flushes it, then, when it stops, a report, both to settings->out. */
int serve_run(const struct serve_settings *settings, struct vastar_error *err);

/* A descriptor for stop_fd (close() it after serve_run()), or -1 with errno. */
int serve_stop_open(void);

/* Stops the server. Async-signal-safe; any thread may call it, more than once. */
void serve_stop(int stop_fd);

#endif
