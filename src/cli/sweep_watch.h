/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a sweep shows while it goes on: warnings, a line for each run and a live one on standard error, and
 * the events of -o ndjson. */
#ifndef VASTAR_CLI_SWEEP_WATCH_H
#define VASTAR_CLI_SWEEP_WATCH_H

#include "cli/progress.h"
#include "sweep/sweep.h"

struct sweep_watch {
	struct progress line;
	bool lines;   /* a line for each run */
	FILE *events; /* NULL: none */
	bool *stop;   /* set when the events cannot be written any more: nobody is there to read them */
	bool failed;
	struct vastar_error err; /* when failed */
};

/* Pointers remain the caller's. */
void sweep_watch_init(struct sweep_watch *watch, bool wanted, FILE *events, bool *stop);

/* For sweep_settings.on_event; `context` is the struct sweep_watch. */
void sweep_watch_event(void *context, const struct sweep_event *event);

/* The live line, cut by whole parts to `width` columns: the first ones are those that matter most. */
void sweep_watch_format(const struct sweep_event *event, unsigned width, char *text, size_t size);

#endif
