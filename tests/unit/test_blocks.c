/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stats/blocks.h"

/* SplitMix64, to (0, 1]. */
static double draw(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (double)(((z ^ z >> 31) >> 11) + 1) * 0x1p-53;
}

static struct hist *new_hist(void)
{
	struct hist *hist = calloc(1, sizeof(*hist));

	assert_non_null(hist);
	hist_init(hist);
	return hist;
}

/* Exponential latencies with a mean of 1 ms. The mean changes by the share `wave` from block to block. */
static struct precision measure(uint64_t seed, double wave, unsigned blocks, unsigned each, double percent)
{
	struct block_series *series = blocks_new();
	struct hist *hist = new_hist();
	struct precision precision;

	assert_non_null(series);
	for (unsigned b = 0; b < blocks; b++) {
		double mean = 1e6 * (1 + wave * (2 * draw(&seed) - 1));

		for (unsigned i = 0; i < each; i++)
			hist_record(hist, (uint64_t)(-log(draw(&seed)) * mean) + 1);
		blocks_add(series, hist, 0);
	}
	assert_int_equal(series->before.count, (uint64_t)blocks * each);
	precision = blocks_precision(series, percent);
	blocks_free(series);
	free(hist);
	return precision;
}

/* The true p90 is 1 ms x ln 10. A correct 95 % interval contains it in fewer than 170 of 200 trials only once
 * in 10^7 (binomial). */
static void independent_responses_are_covered(void **state)
{
	unsigned covered = 0, dependent = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		struct precision precision = measure(seed * 1000, 0, 20, 500, 90);

		covered +=
		    (double)precision.low_ns <= 1e6 * log(10) && (double)precision.high_ns >= 1e6 * log(10);
		dependent += precision.dependent;
	}
	assert_in_range(covered, 170, 200);
	assert_true(dependent <= 30); /* 10 expected; more than 30 once in 10^7 */
}

/* If the mean changes by 20 % from block to block, an interval that assumes independent responses, 16 blocks
 * of 5,000, would be about ten times too narrow. */
static void dependent_responses_widen_the_interval(void **state)
{
	struct precision even = measure(1, 0, 16, 5000, 90), wavy = measure(1, 0.2, 16, 5000, 90);

	(void)state;
	assert_false(even.dependent);
	assert_true(wavy.dependent && wavy.dispersion > 5);
	assert_true(precision_width(&wavy) > 2 * precision_width(&even));
	assert_true(precision_width(&even) < 0.03);
}

static void blocks_are_joined_and_nothing_is_lost(void **state)
{
	struct block_series *series = blocks_new();
	struct hist *hist = new_hist();
	uint64_t seed = 5, sum = 0;

	(void)state;
	for (unsigned b = 1; b <= 1000; b++) {
		for (unsigned i = 0; i < 7; i++)
			hist_record(hist, 1 + (uint64_t)(draw(&seed) * 1e9));
		blocks_add(series, hist, b);
		assert_in_range(series->count, 1, TIME_BLOCKS_MAX);
	}
	assert_int_equal(series->each, 32); /* 1000 / 32 blocks */
	for (uint32_t i = 0; i < series->count; i++) {
		const struct time_block *block = &series->blocks[i];
		uint32_t parts = i + 1 < series->count ? series->each : series->in_last;
		uint64_t counted = 0;

		assert_int_equal(block->latency.count, 7 * parts);
		assert_int_equal(block->failed, parts);
		for (uint32_t k = 0; k < HIST_BUCKETS; k++)
			counted += block->latency.counts[k];
		assert_int_equal(counted, block->latency.count);
		sum += counted;
	}
	assert_int_equal(sum, 7000);
	blocks_free(series);
	free(hist);
}

static void failures_rank_above_responses(void **state)
{
	struct block_series *series = blocks_new();
	struct hist *hist = new_hist();
	struct precision precision;

	(void)state;
	for (unsigned b = 1; b <= 20; b++) {
		for (unsigned i = 0; i < 90; i++)
			hist_record(hist, 1000);
		blocks_add(series, hist, 10 * b);
	}
	precision = blocks_precision(series, 50);
	assert_int_equal(precision.estimate_ns, 1000);
	precision = blocks_precision(series, 95); /* 10 % have failed */
	assert_int_equal(precision.estimate_ns, 0);
	assert_true(isinf(precision_width(&precision)));
	blocks_free(series);
	free(hist);
}

static void few_blocks_have_no_bounds(void **state)
{
	struct precision precision = measure(1, 0, TIME_BLOCKS_LEAST - 1, 1000, 50);

	(void)state;
	assert_true(precision.estimate_ns > 0);
	assert_true(isinf(precision_width(&precision)));
	precision = measure(1, 0, TIME_BLOCKS_LEAST, 2, 99.9); /* no such high rank */
	assert_true(isinf(precision_width(&precision)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(independent_responses_are_covered),
	    cmocka_unit_test(dependent_responses_widen_the_interval),
	    cmocka_unit_test(blocks_are_joined_and_nothing_is_lost),
	    cmocka_unit_test(failures_rank_above_responses),
	    cmocka_unit_test(few_blocks_have_no_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
