/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/blocks.h"

#include <math.h>
#include <string.h>

#include "base/pages.h"

struct block_series *blocks_new(void)
{
	struct block_series *series = pages_new(sizeof(*series));

	if (!series)
		return NULL;
	series->each = 1;
	hist_init(&series->before);
	return series;
}

void blocks_free(struct block_series *series)
{
	pages_free(series, sizeof(*series));
}

static void clear(struct time_block *block)
{
	memset(block->latency.counts, 0, sizeof(block->latency.counts));
	hist_init(&block->latency);
	block->failed = 0;
}

static void join(struct time_block *into, const struct time_block *from)
{
	hist_merge(&into->latency, &from->latency);
	into->failed += from->failed;
}

/* Joins every two neighbours into one block. */
static void join_neighbours(struct block_series *series)
{
	for (uint32_t i = 0; i < TIME_BLOCKS_MAX / 2; i++) {
		if (i)
			series->blocks[i] = series->blocks[2 * i];
		join(&series->blocks[i], &series->blocks[2 * i + 1]);
	}
	series->count = TIME_BLOCKS_MAX / 2;
	series->each *= 2;
	series->in_last = series->each;
}

void blocks_add(struct block_series *series, const struct hist *latency, uint64_t failed)
{
	struct time_block *block;

	if (!series->count || series->in_last == series->each) {
		if (series->count == TIME_BLOCKS_MAX)
			join_neighbours(series);
		clear(&series->blocks[series->count++]);
		series->in_last = 0;
	}
	block = &series->blocks[series->count - 1];
	/* Adds the difference from the last addition to what the block already has. */
	hist_merge(&block->latency, latency);
	hist_subtract(&block->latency, &series->before);
	block->failed += failed - series->failed;
	series->before = *latency;
	series->failed = failed;
	series->in_last++;
}

static uint64_t block_size(const struct time_block *block)
{
	return block->latency.count + block->failed;
}

/* Requests of the block that took longer than `ns`. Failed requests count as longer. */
static uint64_t block_above(const struct time_block *block, uint64_t ns)
{
	uint64_t above = block->failed;

	if (!block->latency.count)
		return above;
	for (uint32_t i = hist_index(ns) + 1; i <= hist_index(block->latency.max_ns); i++)
		above += block->latency.counts[i];
	return above;
}

/* Pearson's index of dispersion of the counts above `ns`. It is 1 on average when the counts are binomial. */
static double dispersion_above(const struct block_series *series, uint64_t ns)
{
	uint64_t size = 0, above = 0;
	double sum = 0, share;

	for (uint32_t i = 0; i < series->count; i++) {
		size += block_size(&series->blocks[i]);
		above += block_above(&series->blocks[i], ns);
	}
	share = (double)above / (double)size;
	for (uint32_t i = 0; i < series->count; i++) {
		double expected = share * (double)block_size(&series->blocks[i]);
		double off = (double)block_above(&series->blocks[i], ns) - expected;

		if (expected > 0 && share < 1)
			sum += off * off / (expected * (1 - share));
	}
	return sum / (series->count - 1);
}

/* The 95 % point of the chi-squared distribution divided by its degrees of freedom (Wilson and Hilferty,
 * 1931). */
static double dispersion_limit(uint32_t freedom)
{
	double part = 2.0 / (9 * freedom);

	return pow(1 - part + 1.645 * sqrt(part), 3);
}

/* The 97.5 % point of Student's t distribution (Abramowitz and Stegun, 26.7.5). */
static double student(uint32_t freedom)
{
	const double z = 1.959964;
	double f = freedom;

	return z + (z * z * z + z) / (4 * f) + (5 * pow(z, 5) + 16 * z * z * z + 3 * z) / (96 * f * f);
}

static uint64_t bound(const struct hist *latency, double rank)
{
	return rank >= 1 && rank <= (double)latency->count ? hist_rank(latency, (uint64_t)rank) : 0;
}

struct precision blocks_precision(const struct block_series *series, double percent)
{
	const struct hist *latency = &series->before;
	uint64_t size = latency->count + series->failed, rank = hist_rank_of(size, percent);
	double p = percent / 100, n = (double)size, reach;
	struct precision precision = {.dispersion = 1};

	if (!size || rank > latency->count)
		return precision;
	precision.estimate_ns = hist_rank(latency, rank);
	if (series->count < TIME_BLOCKS_LEAST)
		return precision;
	precision.dispersion = dispersion_above(series, precision.estimate_ns);
	precision.dependent = precision.dispersion > dispersion_limit(series->count - 1);
	reach = 1.96 * sqrt(n * p * (1 - p));
	if (precision.dependent)
		reach = student(series->count - 1) * sqrt(precision.dispersion * n * p * (1 - p));
	precision.low_ns = bound(latency, floor(n * p - reach));
	precision.high_ns = bound(latency, ceil(n * p + reach) + 1);
	return precision;
}

double precision_width(const struct precision *precision)
{
	double estimate = (double)precision->estimate_ns;
	double below = estimate - (double)precision->low_ns, above = (double)precision->high_ns - estimate;

	if (!precision->low_ns || !precision->high_ns)
		return INFINITY;
	return (below > above ? below : above) / estimate;
}
