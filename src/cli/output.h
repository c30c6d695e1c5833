/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A file that is either complete or absent: written under a temporary name, then renamed. */
#ifndef VASTAR_CLI_OUTPUT_H
#define VASTAR_CLI_OUTPUT_H

#include <stdio.h>

#include "base/err.h"

struct output {
	const char *option;  /* for messages: "--out" */
	const char *path;    /* as typed, not owned; NULL: no file */
	char *target;	     /* owned: the file to replace, after following symbolic links */
	char *temporary;     /* owned; NULL: `target` is a device or pipe, written to directly */
	FILE *file;	     /* to write to */
	struct output *next; /* of those with a temporary file */
};

/* Call it before the run, so that no run is lost to a bad path. VASTAR_E_SYSTEM; after a failure nothing is
 * open. *output must not move until output_drop(). */
int output_open(struct output *output, const char *option, const char *path, struct vastar_error *err);

/* Gives the file its final name. After a failure it is removed, and an existing file with that name is
 * unchanged. */
int output_keep(struct output *output, struct vastar_error *err);

/* Ends an output that was opened (or zeroed): removes the file unless it was kept. */
void output_drop(struct output *output);

/* Removes the temporary files of all open outputs, which must not be used afterwards. Async-signal-safe:
 * for the end by a signal. */
void output_abandon_all(void);

#endif
