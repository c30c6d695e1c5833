/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A run over time: a row for each second, in constant memory. When INTERVALS_MAX rows are full, neighbours
 * are joined and each row from then on stands for twice as many seconds.
 *
 * Percentiles are never averaged: beside its row an interval keeps a coarse histogram, so that joined rows
 * have percentiles of all their responses. Those of a single second are of full precision; those of joined
 * rows are too large by 1/32 (3.2 %) at most, or by 31 ns.
 */
#ifndef VASTAR_STATS_INTERVAL_H
#define VASTAR_STATS_INTERVAL_H

#include "stats/hist.h"

enum {
	INTERVALS_MAX = 512,
	INTERVALS_RECENT = 8,
	INTERVAL_JOINED = 32, /* buckets of a histogram that share one of an interval's */
	INTERVAL_BUCKETS = HIST_BUCKETS / INTERVAL_JOINED,
};

struct interval {
	uint64_t start_ns, length_ns;	 /* since the clock of the run started */
	uint64_t responses, errors;	 /* that ended in it */
	uint64_t p50_ns, p99_ns, max_ns; /* of the responses; 0 without one. max_ns is exact to 0.1 % */
	uint32_t open_connections;	 /* at its end */
};

/* A run so far, at an instant, beside its latencies. */
struct interval_totals {
	uint64_t elapsed_ns, errors;
	uint32_t open_connections;
};

struct interval_row {
	struct interval interval;
	uint32_t counts[INTERVAL_BUCKETS];
};

/* One thread at a time. */
struct interval_series {
	struct interval_totals then;		  /* where the newest interval ended */
	struct interval recent[INTERVALS_RECENT]; /* the newest ones, before they were joined with others */
	uint32_t added;	     /* so many have been the newest; that is added - 1, modulo */
	uint32_t count;	     /* rows in use */
	uint32_t each;	     /* additions that share a row */
	uint32_t in_last;    /* additions in the last row */
	struct hist latency; /* of all responses so far: to be filled in before an addition */
	struct hist before;  /* what it was at the addition before */
	struct interval_row rows[INTERVALS_MAX];
};

/* NULL: out of memory. Untouched rows cost no memory. */
struct interval_series *interval_series_new(void);
void interval_series_free(struct interval_series *series); /* NULL is allowed */

/* Ends an interval at `totals`. series->latency holds every latency up to there; what it holds afterwards is
 * of no meaning. An interval without length is added to the one before. */
void interval_series_add(struct interval_series *series, const struct interval_totals *totals);

/* A copy of the rows, to be freed. *countp is 0 and the copy NULL when there is no row; NULL and a count: out
 * of memory. */
struct interval *interval_series_copy(const struct interval_series *series, uint32_t *countp);

#endif
