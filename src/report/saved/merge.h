/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Saved runs of several machines or times as one report. Everything comes from the full histograms and the
 * counts. The rate is the number of responses over the time in which at least one of the runs was on its way
 * (the union of their times, by their dates): runs that overlap add their rates, and a pause between runs
 * does not lower them.
 */
#ifndef VASTAR_REPORT_SAVED_MERGE_H
#define VASTAR_REPORT_SAVED_MERGE_H

#include "report/merged.h"
#include "report/saved/saved.h"

/* Joins `count` runs into *whole and tells of them in *merged. `files` are their names. The inputs are
 * emptied into the outcome, also when it fails; what was not taken remains the caller's to free. Refused with
 * VASTAR_E_USAGE: no run at all, the same run twice, an open with a closed loop, other URLs or methods unless
 * `force`, counts too large to be added. */
int merge_runs(struct saved *inputs, const char *const *files, unsigned count, bool force,
	       struct saved *whole, struct merged *merged, struct vastar_error *err);

#endif
