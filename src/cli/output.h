/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A file that appears whole or not at all: written beside its name, then renamed. */
#ifndef VASTAR_CLI_OUTPUT_H
#define VASTAR_CLI_OUTPUT_H

#include <stdio.h>

#include "base/err.h"

struct output {
	const char *option; /* for sentences: "--json-path" */
	const char *path;   /* NULL: none is wanted */
	char *temporary;    /* owned; NULL: written in place, since it is a device or a pipe */
	FILE *file;	    /* to be written to; NULL: none */
};

/* Before the work, so that none is lost to a bad path. `option` and `path` (NULL: nothing is opened) must
 * outlive *output. */
int output_open(struct output *output, const char *option, const char *path, struct vastar_error *err);

/* Closes the file and gives it its name when `rc`, what the writing came to, is 0; else removes it. Returns
 * rc, or what else went wrong. */
int output_finish(struct output *output, int rc, struct vastar_error *err);

/* Removes what was not finished, and frees. Also after a failed output_open(). */
void output_drop(struct output *output);

#endif
