/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A benchmark, read from the JSON of an earlier run: enough of its plan to describe it, and its result,
 * rebuilt from the full histograms. Percentiles and extremes equal those of the run, to the nanosecond.
 * What the JSON does not hold is empty: the lateness of the sends, and the run over time.
 */
#ifndef VASTAR_REPORT_SAVED_SAVED_H
#define VASTAR_REPORT_SAVED_SAVED_H

#include "base/err.h"
#include "plan/plan.h"
#include "stats/repeats.h"

struct saved {
	/* For reports only: it has no addresses and no request, and cannot be run. Owned. */
	struct vastar_plan *plan;
	struct result *result;	/* owned */
	struct repeats repeats; /* count is 0 for a file of one run */
};

/* VASTAR_E_USAGE with a message when the bytes are not a benchmark of this schema, or contradict
 * themselves; VASTAR_E_SYSTEM when out of memory. `name` is for the message. On failure *saved is empty. */
int saved_parse(struct saved *saved, const char *name, const char *bytes, size_t length,
		struct vastar_error *err);

/* Reads a file, "-" for standard input; VASTAR_E_SYSTEM when it cannot be read. */
int saved_load(struct saved *saved, const char *path, struct vastar_error *err);

void saved_free(struct saved *saved); /* may be empty */

#endif
