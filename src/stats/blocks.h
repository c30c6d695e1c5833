/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A run cut into blocks of time, to tell how well a percentile is known. Responses that follow each other are
 * rarely independent: a slow second makes many slow responses, and an interval that takes each for a piece of
 * evidence of its own is too narrow. Between blocks, how many responses are above the percentile should then
 * vary as it does for a coin; where it varies more, the interval is widened by as much (batch means of the
 * indicator "above"; Heidelberger and Lewis, "Quantile Estimation in Dependent Sequences", 1984).
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
	struct hist before;	       /* what was answered up to then */
	struct time_block blocks[TIME_BLOCKS_MAX];
};

/* How well a percentile is known. */
struct precision {
	uint64_t estimate_ns;	  /* 0: there is none, or it is a failed request's */
	uint64_t low_ns, high_ns; /* the 95 % interval; 0: no such bound */
	double dispersion;	  /* variance between blocks over that of independent responses */
	bool dependent;		  /* more than chance explains (5 %): the interval has been widened for it */
};

/* NULL: out of memory. Untouched pages cost none. */
struct block_series *blocks_new(void);
void blocks_free(struct block_series *series); /* NULL is allowed */

/* Ends a block, or a part of one: `latency` holds all responses so far, and so many have failed. To be called
 * in even gaps of time. When there is no more room, neighbours are joined. */
void blocks_add(struct block_series *series, const struct hist *latency, uint64_t failed);

/* Of all additions; with fewer than TIME_BLOCKS_LEAST blocks there are no bounds. */
struct precision blocks_precision(const struct block_series *series, double percent);

/* The larger of the two distances from the estimate to a bound, as a share of the estimate; infinite
 * without. */
double precision_width(const struct precision *precision);

#endif
