/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The parts of a saved report. What does not fit is complained of. */
#ifndef VASTAR_REPORT_SAVED_PARTS_H
#define VASTAR_REPORT_SAVED_PARTS_H

#include "report/reader.h"
#include "stats/result.h"

/* Of all times in nanoseconds: what 64 bits hold, 584 years. */
#define SAVED_SUM_MAX 1.8e19

/* Reads object.histogram into an empty histogram. Minimum and maximum become bounds of the outermost buckets,
 * the sums those of the middles of the buckets. `what` names it in a complaint. */
void saved_buckets(struct reader *reader, const json_t *object, const char *what, struct hist *hist);

/* Puts the exact extremes in, which must lie in the outermost buckets. */
void saved_extremes(struct reader *reader, const char *what, struct hist *hist, uint64_t min_ns,
		    uint64_t max_ns);

/* Puts the sums in, from mean and standard deviation; negative: missing. */
void saved_moments(struct reader *reader, struct hist *hist, double mean_s, double stddev_s);

/* What came out: everything but plan, machine and date. result->facts has the number of workers, room for
 * their cpu_busy, and whether the loop was open. */
void saved_result(struct reader *reader, const json_t *root, struct result *result);

#endif
