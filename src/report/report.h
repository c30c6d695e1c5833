/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a report contains, and what a format is: one way to write it. formats.h has the list of formats. */
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
	const struct repeats *repeats;	      /* NULL, or fewer than two: the report is about one run */
	const struct merged *merged;	      /* NULL: not merged from files */
	const struct ceiling *ceiling;	      /* NULL: no calibration given */
	struct vastar_report_options options; /* hist_bins is never 0 here */
};

struct report_format {
	const char *name;
	/* NULL, or the reason why this build cannot write it, with the remedy in brackets; then `write` is
	 * NULL. */
	const char *missing;
	/* 0, or VASTAR_E_SYSTEM with a message when writing to `out` fails. */
	int (*write)(const struct report *report, FILE *out, struct vastar_error *err);
};

#endif
