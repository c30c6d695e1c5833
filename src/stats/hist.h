/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A log-linear histogram of nanoseconds. Its buckets are those of HdrHistogram with lowest value 1 and 3
 * significant digits: one bucket for each value below 2048, then 1024 buckets for each doubling. The
 * relative error is at most 1/1024 < 0.1 %. The size is constant: values above HIST_MAX_NS go into the
 * last bucket. The exact minimum and maximum are kept beside the buckets.
 *
 * One thread writes. Others may read at the same time, with the relaxed loads of these functions. They see
 * a histogram that is at most a few records behind.
 */
#ifndef VASTAR_STATS_HIST_H
#define VASTAR_STATS_HIST_H

#include <stdbool.h>
#include <stdint.h>

#define HIST_MAX_NS 3600000000000ull /* 1 h */

enum {
	HIST_SUB_BITS = 11, /* 2048 sub-buckets: 3 significant digits */
	HIST_HALF = 1 << (HIST_SUB_BITS - 1),
	HIST_BUCKETS = (42 - HIST_SUB_BITS + 2) * HIST_HALF, /* 2^42 ns is the first power above 1 h */
};

struct hist {
	uint64_t count;
	uint64_t min_ns; /* UINT64_MAX while empty */
	uint64_t max_ns;
	uint64_t sum_ns;
	double sum_squares; /* of seconds */
	uint64_t counts[HIST_BUCKETS];
};

static inline uint32_t hist_index(uint64_t ns)
{
	if (ns > HIST_MAX_NS)
		ns = HIST_MAX_NS;
	/* How often the value must be halved to fit the sub-buckets. */
	uint32_t shift = (uint32_t)(64 - __builtin_clzll(ns | ((1u << HIST_SUB_BITS) - 1)) - HIST_SUB_BITS);

	return shift * HIST_HALF + (uint32_t)(ns >> shift);
}

static inline uint64_t hist_load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline void hist_bump(uint64_t *word, uint64_t by)
{
	/* There is one writer, so a relaxed load and store is enough, and cheaper than an atomic addition. */
	__atomic_store_n(word, __atomic_load_n(word, __ATOMIC_RELAXED) + by, __ATOMIC_RELAXED);
}

static inline double hist_load_squares(const struct hist *hist)
{
	double sum;

	__atomic_load(&hist->sum_squares, &sum, __ATOMIC_RELAXED);
	return sum;
}

static inline void hist_add_squares(struct hist *hist, double squares)
{
	double sum = hist_load_squares(hist) + squares;

	__atomic_store(&hist->sum_squares, &sum, __ATOMIC_RELAXED);
}

static inline void hist_record_n(struct hist *hist, uint64_t ns, uint64_t times)
{
	double s = (double)ns * 1e-9;

	hist_bump(&hist->counts[hist_index(ns)], times);
	hist_bump(&hist->count, times);
	hist_bump(&hist->sum_ns, ns * times);
	hist_add_squares(hist, s * s * (double)times);
	if (ns < hist_load(&hist->min_ns))
		__atomic_store_n(&hist->min_ns, ns, __ATOMIC_RELAXED);
	if (ns > hist_load(&hist->max_ns))
		__atomic_store_n(&hist->max_ns, ns, __ATOMIC_RELAXED);
}

static inline void hist_record(struct hist *hist, uint64_t ns)
{
	hist_record_n(hist, ns, 1);
}

/* `hist` must be zeroed memory. Writes only the first few words, so that the pages of the buckets stay
 * untouched. */
void hist_init(struct hist *hist);

/* The bounds of a bucket, both inclusive: from <= value <= to. */
uint64_t hist_bucket_from(uint32_t index);
uint64_t hist_bucket_to(uint32_t index);

/* Adds `from` to *into. The owner of `from` may still be writing to it. */
void hist_merge(struct hist *into, const struct hist *from);

/* Subtracts an earlier state of the same histogram from a later one, which leaves what was recorded in
 * between. Minimum and maximum become bounds of the outermost buckets in use; the later histogram's own
 * extremes are kept where they lie in those buckets. */
void hist_subtract(struct hist *later, const struct hist *earlier);

/* The rank of `percent` (0..100) among `count` records: ceil(percent / 100 x count), at least 1; 0 when
 * `count` is 0. Exact, without rounding errors: 99.9 % of 1000 is rank 999. */
uint64_t hist_rank_of(uint64_t count, double percent);

/* The percentile `percent` (0..100) by nearest rank (rank ceil(percent / 100 x n)): the top of its bucket,
 * but never above the exact maximum nor below the exact minimum. 0 when empty. */
uint64_t hist_percentile(const struct hist *hist, double percent);

/* The value of the record with this rank (1..count), with the same rounding. */
uint64_t hist_rank(const struct hist *hist, uint64_t rank);

/* How many records lie above this percentile's rank: n - ceil(percent / 100 x n). */
uint64_t hist_above(const struct hist *hist, double percent);

/* Fewer than 10 records lie above it: the sample is too small for this percentile. */
static inline bool hist_weak(const struct hist *hist, double percent)
{
	return hist_above(hist, percent) < 10;
}

/* The 95 % confidence interval of a percentile by order statistics: ranks floor(np - 1.96 sqrt(np(1-p))) and
 * ceil(np + 1.96 sqrt(np(1-p))) + 1 (Le Boudec, "Performance Evaluation", 2010, appendix A). A bound outside
 * 1..n does not exist and is returned as 0. It holds for independent samples. */
void hist_interval(const struct hist *hist, double percent, uint64_t *lowp, uint64_t *highp);

double hist_mean_s(const struct hist *hist);   /* exact, from the sum; 0 when empty */
double hist_stddev_s(const struct hist *hist); /* of the population; 0 when empty */

#endif
