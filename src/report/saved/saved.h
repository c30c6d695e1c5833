/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A benchmark out of the JSON that an earlier run has written: enough of its plan to say what was done, and
 * its result, rebuilt from the full histograms. Percentiles and extremes are those of the run, to the
 * nanosecond. What the JSON does not hold is empty: how late the sends were, and the run over time.
 */
#ifndef VASTAR_REPORT_SAVED_SAVED_H
#define VASTAR_REPORT_SAVED_SAVED_H

#include "base/err.h"
#include "plan/plan.h"
#include "stats/repeats.h"

struct saved {
	/* For reports alone: it has no addresses and no request, and cannot be run. Owned. */
	struct vastar_plan *plan;
	struct result *result;	/* owned */
	struct repeats repeats; /* count is 0 in the file of one run */
};

/* VASTAR_E_USAGE with a sentence when the bytes are no benchmark of this schema, or contradict themselves;
 * VASTAR_E_SYSTEM when memory is short. `name` is for the sentence. On failure *saved is empty. */
int saved_parse(struct saved *saved, const char *name, const char *bytes, size_t length,
		struct vastar_error *err);

/* The same from a file, "-" for standard input; VASTAR_E_SYSTEM when it cannot be read. */
int saved_load(struct saved *saved, const char *path, struct vastar_error *err);

void saved_free(struct saved *saved); /* an empty one is allowed */

#endif
