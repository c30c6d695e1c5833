/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Cuts a run into blocks of time to find out how well a percentile is known. Successive responses are
 * rarely independent: a slow second makes many slow responses. An interval that counts each of them as
 * separate evidence is too narrow. If responses were independent, the number above the percentile would
 * vary from block to block like the heads of a coin. Where it varies more, the interval is widened by as
 * much (batch means of the indicator "above"; Heidelberger and Lewis, "Quantile Estimation in Dependent
 * Sequences", 1984).
 */
#ifndef VASTAR_STATS_BLOCKS_H
#define VASTAR_STATS_BLOCKS_H

#include <stdbool.h>

#include "stats/hist.h"

enum { TIME_BLOCKS_MAX = 32, TIME_BLOCKS_LEAST = 16 };

struct time_block {
	struct hist latency;
	uint64_t failed; /* these rank above every response */
};

struct block_series {
	uint32_t count, each, in_last; /* blocks in use; additions that share one; those in the last one */
	uint64_t failed;	       /* up to the last addition */
	struct hist before;	       /* all responses up to the last addition */
	struct time_block blocks[TIME_BLOCKS_MAX];
};

/* How well a percentile is known. */
struct precision {
	uint64_t estimate_ns;	  /* 0: there is no estimate, or the rank falls on a failed request */
	uint64_t low_ns, high_ns; /* the 95 % interval; 0: this bound does not exist */
	double dispersion;	  /* variance between blocks, divided by that of independent responses */
	bool dependent; /* dispersion is more than chance explains (5 %), so the interval was widened */
};

/* NULL: out of memory. Pages that are never written use no memory. */
struct block_series *blocks_new(void);
void blocks_free(struct block_series *series); /* NULL is allowed */

/* Ends a block, or a part of one. `latency` holds all responses so far, and `failed` requests have failed
 * so far. Call it at even intervals. When there is no more room, neighbouring blocks are joined. */
void blocks_add(struct block_series *series, const struct hist *latency, uint64_t failed);

/* Uses all additions. With fewer than TIME_BLOCKS_LEAST blocks there are no bounds. */
struct precision blocks_precision(const struct block_series *series, double percent);

/* The larger of the two distances from the estimate to a bound, as a share of the estimate. Infinite
 * without bounds. */
double precision_width(const struct precision *precision);

#endif
