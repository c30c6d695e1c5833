/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/hist.h"

#include <math.h>

/* 2^64 records at a resolution of 1e-9 % need more than 64 bits. */
__extension__ typedef unsigned __int128 wide;

enum { LAST_SHIFT = 42 - HIST_SUB_BITS };

_Static_assert(HIST_MAX_NS < 1ull << 42 && HIST_MAX_NS >= 1ull << 41, "HIST_BUCKETS counts on 42 bits");
_Static_assert(HIST_BUCKETS == LAST_SHIFT * HIST_HALF + (1 << HIST_SUB_BITS), "the largest index must fit");

void hist_init(struct hist *hist)
{
	hist->count = 0;
	hist->min_ns = UINT64_MAX;
	hist->max_ns = 0;
	hist->sum_ns = 0;
	hist->sum_squares = 0;
}

/* Inverse of hist_index(): the first 2048 buckets hold one value each, then there are 1024 buckets for
 * each doubling. */
static uint32_t bucket_shift(uint32_t index)
{
	return index < 1u << HIST_SUB_BITS ? 0 : index / HIST_HALF - 1;
}

uint64_t hist_bucket_from(uint32_t index)
{
	uint32_t shift = bucket_shift(index);

	return (uint64_t)(index - shift * HIST_HALF) << shift;
}

uint64_t hist_bucket_to(uint32_t index)
{
	return hist_bucket_from(index) + (1ull << bucket_shift(index)) - 1;
}

void hist_merge(struct hist *into, const struct hist *from)
{
	/* The owner raises count first and sets the extremes last. A histogram read in between is still
	 * empty. */
	uint64_t min = hist_load(&from->min_ns);
	uint64_t max = hist_load(&from->max_ns);

	if (min > max)
		return; /* empty, or read during its first record */
	/* Counts what was read from the buckets, so that count and buckets of the sum agree even while the
	 * owner goes on recording. */
	uint64_t seen = 0;

	for (uint32_t i = hist_index(min); i <= hist_index(max); i++) {
		uint64_t count = hist_load(&from->counts[i]);

		if (count)
			hist_bump(&into->counts[i], count);
		seen += count;
	}
	hist_bump(&into->count, seen);
	hist_bump(&into->sum_ns, hist_load(&from->sum_ns));
	hist_add_squares(into, hist_load_squares(from));
	if (min < into->min_ns)
		into->min_ns = min;
	if (max > into->max_ns)
		into->max_ns = max;
}

void hist_subtract(struct hist *later, const struct hist *earlier)
{
	uint64_t min = UINT64_MAX, max = 0;

	if (!later->count)
		return;
	for (uint32_t i = hist_index(later->min_ns); i <= hist_index(later->max_ns); i++) {
		later->counts[i] -= earlier->counts[i];
		if (!later->counts[i])
			continue;
		if (min == UINT64_MAX)
			min = hist_bucket_from(i);
		max = hist_bucket_to(i);
	}
	later->count -= earlier->count;
	later->sum_ns -= earlier->sum_ns;
	later->sum_squares -= earlier->sum_squares;
	later->min_ns = min > later->min_ns || !later->count ? min : later->min_ns;
	later->max_ns = max < later->max_ns ? max : later->max_ns;
}

uint64_t hist_rank_of(uint64_t count, double percent)
{
	/* 100 % in units of 1e-9 %: 99.9 has no exact binary form, 99900000000 has. */
	const wide whole = 100000000000ull;

	if (!count)
		return 0;
	if (!(percent > 0))
		return 1;
	if (percent >= 100)
		return count;
	wide units = (wide)(uint64_t)llround(percent * 1e9);
	uint64_t rank = (uint64_t)((units * count + whole - 1) / whole);

	return rank ? rank : 1;
}

uint64_t hist_rank(const struct hist *hist, uint64_t rank)
{
	uint64_t min = hist_load(&hist->min_ns);
	uint64_t max = hist_load(&hist->max_ns);
	uint64_t below = 0;

	if (min > max)
		return 0;
	uint32_t last = hist_index(max);

	for (uint32_t i = hist_index(min); i < last; i++) {
		below += hist_load(&hist->counts[i]);
		if (below >= rank) {
			uint64_t to = hist_bucket_to(i);

			return to < min ? min : to;
		}
	}
	/* In the last bucket. Only the maximum bounds that bucket from above when it is larger than
	 * HIST_MAX_NS. */
	uint64_t to = hist_bucket_to(last);

	return to < max && max <= HIST_MAX_NS ? to : max;
}

uint64_t hist_percentile(const struct hist *hist, double percent)
{
	uint64_t count = hist_load(&hist->count);

	return count ? hist_rank(hist, hist_rank_of(count, percent)) : 0;
}

uint64_t hist_above(const struct hist *hist, double percent)
{
	uint64_t count = hist_load(&hist->count);

	return count - hist_rank_of(count, percent);
}

void hist_interval(const struct hist *hist, double percent, uint64_t *lowp, uint64_t *highp)
{
	double n = (double)hist_load(&hist->count);
	double p = percent / 100;
	double reach = 1.96 * sqrt(n * p * (1 - p)); /* 1.96: 95 % of a normal distribution */
	double low = floor(n * p - reach);
	double high = ceil(n * p + reach) + 1;

	*lowp = low >= 1 && low <= n ? hist_rank(hist, (uint64_t)low) : 0;
	*highp = high >= 1 && high <= n ? hist_rank(hist, (uint64_t)high) : 0;
}

double hist_mean_s(const struct hist *hist)
{
	uint64_t count = hist_load(&hist->count);

	return count ? (double)hist_load(&hist->sum_ns) / (double)count * 1e-9 : 0;
}

double hist_stddev_s(const struct hist *hist)
{
	uint64_t count = hist_load(&hist->count);

	if (!count)
		return 0;
	double mean = hist_mean_s(hist);
	double variance = hist_load_squares(hist) / (double)count - mean * mean;

	return variance > 0 ? sqrt(variance) : 0; /* rounding can make it negative */
}
