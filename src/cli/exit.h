/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Exit status, the first that applies. Scripts and CI jobs rely on these numbers. */
#ifndef VASTAR_CLI_EXIT_H
#define VASTAR_CLI_EXIT_H

#include <vastar/vastar.h>

enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1,   /* it could not run, no response arrived, or the report could not be written */
	EXIT_USAGE = 2,	   /* wrong options */
	EXIT_GATE = 3,	   /* a gate failed: --slo-target, a regression, or with --strict the verdict */
	EXIT_SIGNAL = 128, /* + the signal that interrupted the run; the report was written */
};

/* Prints "vastar: message" on stderr and returns the matching exit status. */
int exit_with(const struct vastar_error *err);

/* Flushes stdout: EXIT_OK if everything was written, else EXIT_FAILED with a message on stderr. */
int exit_printed(void);

#endif
