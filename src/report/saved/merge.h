/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Merges saved runs of several machines or times into one report. All figures come from the full
 * histograms and the counts. The rate is the number of responses divided by the time in which at least one
 * run was active (the union of their times, by their dates): the rates of overlapping runs add up, and a
 * pause between runs does not lower the rate.
 */
#ifndef VASTAR_REPORT_SAVED_MERGE_H
#define VASTAR_REPORT_SAVED_MERGE_H

#include "report/merged.h"
#include "report/saved/saved.h"

/* Joins `count` runs into *whole and describes them in *merged. `files` are their names. The inputs are
 * emptied into the result, also when this fails; the caller frees what was not taken. VASTAR_E_USAGE for:
 * no run at all, the same run twice, an open loop with a closed loop, different URLs or methods unless
 * `force`, counts too large to add. */
int merge_runs(struct saved *inputs, const char *const *files, unsigned count, bool force,
	       struct saved *whole, struct merged *merged, struct vastar_error *err);

#endif
