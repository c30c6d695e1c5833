/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A run over time: a row for each second, in constant memory. When INTERVALS_MAX rows are full, neighbours
 * are joined, and from then on each row stands for twice as many seconds.
 *
 * Percentiles are never averaged. Each row keeps a coarse histogram, so that a joined row has percentiles
 * of all its responses. The percentiles of a single second have full precision. Those of joined rows are
 * too large by at most 1/32 (3.2 %), or by 31 ns.
 */
#ifndef VASTAR_STATS_INTERVAL_H
#define VASTAR_STATS_INTERVAL_H

#include "stats/hist.h"

enum {
	INTERVALS_MAX = 512,
	INTERVALS_RECENT = 8,
	INTERVAL_JOINED = 32, /* buckets of a histogram for one bucket of an interval */
	INTERVAL_BUCKETS = HIST_BUCKETS / INTERVAL_JOINED,
};

struct interval {
	uint64_t start_ns, length_ns;	 /* from the start of the run's clock */
	uint64_t responses, errors;	 /* that ended in this interval */
	uint64_t p50_ns, p99_ns, max_ns; /* of the responses; 0 without any; max_ns is exact to 0.1 % */
	uint32_t open_connections;	 /* at its end */
};

/* Totals of a run up to an instant, without its latencies. */
struct interval_totals {
	uint64_t elapsed_ns, errors;
	uint32_t open_connections;
};

/* The coarse histogram of a row: bucket i holds those of a histogram from i * INTERVAL_JOINED on. */
struct interval_counts {
	uint32_t counts[INTERVAL_BUCKETS];
};

struct interval_row {
	struct interval interval;
	struct interval_counts latency;
};

/* For one thread at a time. */
struct interval_series {
	struct interval_totals then;		  /* where the newest interval ended */
	struct interval recent[INTERVALS_RECENT]; /* the newest ones, before they are joined */
	uint32_t added;	     /* number of additions; the newest is recent[(added - 1) % INTERVALS_RECENT] */
	uint32_t count;	     /* rows in use */
	uint32_t each;	     /* additions that share a row */
	uint32_t in_last;    /* additions in the last row */
	struct hist latency; /* of all responses so far: the caller fills it before an addition */
	struct hist before;  /* its state at the previous addition */
	struct interval_row rows[INTERVALS_MAX];
};

/* NULL: out of memory. Rows that are never written use no memory. */
struct interval_series *interval_series_new(void);
void interval_series_free(struct interval_series *series); /* NULL is allowed */

/* Ends an interval at `totals`. Before the call series->latency must hold every latency so far; afterwards
 * its content is undefined. An interval of zero length is added to the previous one. */
void interval_series_add(struct interval_series *series, const struct interval_totals *totals);

/* A copy of the rows, for the caller to free. Without rows, *countp is 0 and the copy NULL. NULL with a
 * count: out of memory. */
struct interval *interval_series_copy(const struct interval_series *series, uint32_t *countp);
/* The same for their histograms, row for row. */
struct interval_counts *interval_series_counts(const struct interval_series *series);

/* The range of latencies that bucket i of an interval holds. */
uint64_t interval_bucket_from(uint32_t i);
uint64_t interval_bucket_to(uint32_t i);

#endif
