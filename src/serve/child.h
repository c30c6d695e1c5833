/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The embedded server in a separate process, so that its CPU time is separate from that of the client. It
 * ends with serve_child_stop(), and also when its parent process dies.
 */
#ifndef VASTAR_SERVE_CHILD_H
#define VASTAR_SERVE_CHILD_H

#include <sys/types.h>

#include "serve/serve.h"

struct serve_child {
	pid_t pid;    /* 0: none */
	int lifeline; /* the child sees the other end close */
	uint16_t port;
};

/* Starts a server with these settings, whose stop_fd, out, on_ready and counts are not used, and waits until
 * it accepts connections. Call it before the process has a second thread. Stop several children in the
 * reverse order of their start. VASTAR_E_SYSTEM or VASTAR_E_USAGE as
 * serve_run(). */
int serve_child_start(struct serve_child *child, const struct serve_settings *settings,
		      struct vastar_error *err);

/* User and system time of its threads so far, in ns. */
uint64_t serve_child_cpu_ns(const struct serve_child *child);

/* Stops the child and waits until it has ended. Does nothing without a child. */
void serve_child_stop(struct serve_child *child);

#endif
