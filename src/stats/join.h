/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The results of several runs as one: histograms and counts are added up, never averaged. */
#ifndef VASTAR_STATS_JOIN_H
#define VASTAR_STATS_JOIN_H

#include "base/err.h"
#include "stats/result.h"

enum join {
	JOIN_AFTER,  /* the run began when the others had ended: times add up, connections do not */
	JOIN_BESIDE, /* it ran at the same time: connections and workers add up, times do not */
};

/* Adds `next` to *into, which keeps its own date. The verdict is the first that is not ok. With JOIN_BESIDE
 * facts.total_ns is left for the caller, who knows when each ran. Intervals follow each other with
 * JOIN_AFTER, and are dropped with JOIN_BESIDE. VASTAR_E_USAGE when the counts are too large to be added,
 * VASTAR_E_SYSTEM without memory: then *into is worth nothing. */
int result_join(struct result *into, const struct result *next, enum join how, struct vastar_error *err);

#endif
