/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A file that appears whole or not at all: written beside its name, then renamed. */
#ifndef VASTAR_CLI_OUTPUT_H
#define VASTAR_CLI_OUTPUT_H

#include <stdio.h>

#include "base/err.h"

struct output {
	const char *option;  /* for the sentences: "--out" */
	const char *path;    /* the caller's, as it was typed; NULL: no file is wanted */
	char *target;	     /* owned: the file that is replaced, symbolic links followed */
	char *temporary;     /* owned; NULL: `target` is a device or pipe, and is written to itself */
	FILE *file;	     /* to be written to */
	struct output *next; /* of those with a temporary file */
};

/* Before the run, so that none is lost to a bad path. Nothing is open after a failure: VASTAR_E_SYSTEM.
 * *output must stay where it is until output_drop(). */
int output_open(struct output *output, const char *option, const char *path, struct vastar_error *err);

/* Puts the file in its place. After a failure nothing of it is left, and an older file of that name stands as
 * it was. */
int output_keep(struct output *output, struct vastar_error *err);

/* Ends an output that was opened (or zeroed): what was not kept is taken away. */
void output_drop(struct output *output);

/* Takes away the temporary files of all outputs that are open; nothing else may be done with them afterwards.
 * Async-signal-safe: for the end by a signal. */
void output_abandon_all(void);

#endif
