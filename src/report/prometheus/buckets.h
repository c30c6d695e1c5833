/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The bounds of exported histograms: bounds of our own buckets, four for each doubling, so that counts are
 * exact. */
#ifndef VASTAR_REPORT_PROMETHEUS_BUCKETS_H
#define VASTAR_REPORT_PROMETHEUS_BUCKETS_H

#include <stdint.h>

#include "stats/hist.h"

enum {
	BUCKETS_FIRST_DOUBLING = 13, /* the first bound is 8 us, the last 60 s */
	BUCKETS_LAST_DOUBLING = 36,
	BUCKETS_STEPS = 4, /* bounds for each doubling */
	BUCKETS = (BUCKETS_LAST_DOUBLING - BUCKETS_FIRST_DOUBLING) * BUCKETS_STEPS,
};

/* The largest value, in ns, that counts as at or below bound `i`. */
uint64_t buckets_bound_ns(unsigned i);

/* How many records lie at or below each bound. The last one is the number of all records. */
void buckets_count(const struct hist *hist, uint64_t up_to[BUCKETS + 1]);

#endif
