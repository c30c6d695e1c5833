/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a report is made of, and what a format is: a way to write it down. The list of those is formats.h. */
#ifndef VASTAR_REPORT_REPORT_H
#define VASTAR_REPORT_REPORT_H

#include <stdio.h>

#include "plan/plan.h"
#include "stats/repeats.h"

struct merged;
struct ceiling;

struct report {
	const struct vastar_plan *plan;
	const struct result *result;
	const struct repeats *repeats;	      /* NULL, or fewer than two: of one run */
	const struct merged *merged;	      /* NULL: not merged from files */
	const struct ceiling *ceiling;	      /* NULL: no calibration was given */
	struct vastar_report_options options; /* hist_bins never 0 here */
};

struct report_format {
	const char *name;
	/* NULL, or why this build cannot write it, with what to do in brackets; `write` is NULL then. */
	const char *missing;
	/* 0, or VASTAR_E_SYSTEM with a sentence when `out` does not take the bytes. */
	int (*write)(const struct report *report, FILE *out, struct vastar_error *err);
};

#endif
