/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The output of a sweep in progress: warnings, a line for each run and a live line on standard error, and the
 * events of -o ndjson. */
#ifndef VASTAR_CLI_SWEEP_WATCH_H
#define VASTAR_CLI_SWEEP_WATCH_H

#include "cli/progress.h"
#include "sweep/sweep.h"

struct sweep_watch {
	struct progress line;
	bool lines;   /* a line for each run */
	FILE *events; /* NULL: none */
	bool *stop;   /* set when the events cannot be written any more, because their reader is gone */
	bool failed;
	struct vastar_error err; /* when failed */
};

/* Pointers remain the caller's. */
void sweep_watch_init(struct sweep_watch *watch, bool wanted, FILE *events, bool *stop);

/* For sweep_settings.on_event; `context` is the struct sweep_watch. */
void sweep_watch_event(void *context, const struct sweep_event *event);

/* The live line with as many whole parts as fit `width` columns, the most important first. */
void sweep_watch_format(const struct sweep_event *event, unsigned width, char *text, size_t size);

#endif
