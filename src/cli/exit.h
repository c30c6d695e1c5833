/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Exit status, the first that applies. Scripts and CI jobs rely on these numbers. */
#ifndef VASTAR_CLI_EXIT_H
#define VASTAR_CLI_EXIT_H

#include <vastar/vastar.h>

enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1,   /* it could not run, nothing answered, or the report could not be written */
	EXIT_USAGE = 2,	   /* wrong options */
	EXIT_GATE = 3,	   /* a gate failed: --slo-target, a regression, or with --strict the verdict */
	EXIT_SIGNAL = 128, /* + the signal that interrupted the run; the report was written */
};

/* Prints "vastar: sentence" on stderr and returns the status that goes with it. */
int exit_with(const struct vastar_error *err);

/* For what was printed on stdout: EXIT_OK if all of it went out, else EXIT_FAILED with a sentence on
 * stderr. */
int exit_printed(void);

#endif
