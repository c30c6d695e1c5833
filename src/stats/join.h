/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Joins the results of several runs into one. Histograms and counts are added, never averaged. */
#ifndef VASTAR_STATS_JOIN_H
#define VASTAR_STATS_JOIN_H

#include "base/err.h"
#include "stats/result.h"

enum join {
	JOIN_AFTER,  /* the run began after the others had ended: times add up, connections do not */
	JOIN_BESIDE, /* it ran at the same time: connections and workers add up, times do not */
};

/* Adds `next` to *into, which keeps its own date. The verdict is the first one that is not ok. With
 * JOIN_BESIDE the caller must set facts.total_ns, since only it knows when each run took place. Intervals
 * follow each other with JOIN_AFTER, and are dropped with JOIN_BESIDE. VASTAR_E_USAGE when the counts are
 * too large to add, VASTAR_E_SYSTEM when out of memory; then *into must not be used. */
int result_join(struct result *into, const struct result *next, enum join how, struct vastar_error *err);

#endif
