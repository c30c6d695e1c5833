/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <pthread.h>

#include "stats/hist.h"

static struct hist *hist_new(void)
{
	struct hist *hist = calloc(1, sizeof(*hist));

	assert_non_null(hist);
	hist_init(hist);
	return hist;
}

/* A small generator: the same samples on every machine. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* ---- buckets ---- */

/* HdrHistogram's own arithmetic (AbstractHistogram.java: getBucketIndex, getSubBucketIndex,
 * countsArrayIndex), at lowest discernible value 1 and 3 significant digits: 2048 sub-buckets, unit magnitude
 * 0. */
static uint32_t hdr_index(uint64_t value)
{
	int bucket = 64 - __builtin_clzll(value | 2047) - 11;
	int sub_bucket = (int)(value >> bucket);

	return (uint32_t)(((bucket + 1) << 10) + (sub_bucket - 1024));
}

static uint32_t hdr_counts_length(uint64_t highest)
{
	uint32_t buckets = 1;

	for (uint64_t untrackable = 2048; untrackable <= highest; untrackable <<= 1)
		buckets++;
	return (buckets + 1) * 1024;
}

static void check_bucket(uint64_t ns)
{
	uint32_t index = hist_index(ns);
	uint64_t from = hist_bucket_from(index), to = hist_bucket_to(index);

	assert_int_equal(index, hdr_index(ns));
	assert_true(index < HIST_BUCKETS);
	assert_true(from <= ns && ns <= to);
	assert_int_equal(hist_index(from), index);
	/* At most a thousandth between a value and its bucket. */
	assert_true((to - from) * 1000 <= ns);
}

static void buckets_are_those_of_hdr_histogram(void **state)
{
	(void)state;
	assert_int_equal(hdr_counts_length(HIST_MAX_NS), HIST_BUCKETS);
	for (uint64_t ns = 0; ns <= 1000000; ns++)
		check_bucket(ns);
	for (unsigned bit = 0; bit < 42; bit++) {
		check_bucket((1ull << bit) - 1);
		check_bucket(1ull << bit);
		check_bucket((1ull << bit) + 1);
	}
	check_bucket(HIST_MAX_NS - 1);
	check_bucket(HIST_MAX_NS);
}

static void buckets_follow_each_other_without_gap(void **state)
{
	(void)state;
	assert_int_equal(hist_bucket_from(0), 0);
	for (uint32_t i = 0; i + 1 < HIST_BUCKETS; i++)
		assert_int_equal(hist_bucket_to(i) + 1, hist_bucket_from(i + 1));
	assert_true(hist_bucket_to(HIST_BUCKETS - 1) >= HIST_MAX_NS);
}

static void values_above_one_hour_share_its_bucket_and_keep_their_maximum(void **state)
{
	struct hist *hist = hist_new();

	(void)state;
	hist_record(hist, 1000);
	hist_record(hist, 2 * HIST_MAX_NS);
	hist_record(hist, 1ull << 62);
	assert_int_equal(hist->counts[hist_index(HIST_MAX_NS)], 2);
	assert_int_equal(hist->max_ns, 1ull << 62);
	assert_int_equal(hist_percentile(hist, 100), 1ull << 62);
	assert_int_equal(hist_percentile(hist, 10), 1000);
	free(hist);
}

/* ---- percentiles ---- */

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void percentiles_are_within_a_thousandth_of_the_sorted_samples(void **state)
{
	enum { SAMPLES = 20000 };
	static const double percents[] = {0, 0.01, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100};
	struct hist *hist = hist_new();
	uint64_t *samples = calloc(SAMPLES, sizeof(*samples));
	uint64_t random = 88172645463325252ull;

	(void)state;
	assert_non_null(samples);
	for (unsigned i = 0; i < SAMPLES; i++) {
		/* Evenly spread over the orders of magnitude from 1 ns to 1000 s. */
		samples[i] = (uint64_t)pow(10, 12.0 * (double)(next_random(&random) % 1000000) / 1e6);
		hist_record(hist, samples[i]);
	}
	qsort(samples, SAMPLES, sizeof(*samples), compare);
	for (size_t i = 0; i < sizeof(percents) / sizeof(*percents); i++) {
		uint64_t rank = hist_rank_of(SAMPLES, percents[i]);
		uint64_t exact = samples[rank - 1], got = hist_percentile(hist, percents[i]);

		assert_true(got >= exact);
		assert_true((double)(got - exact) <= 0.001 * (double)exact);
	}
	assert_int_equal(hist_percentile(hist, 0), samples[0]);
	assert_int_equal(hist_percentile(hist, 100), samples[SAMPLES - 1]);
	free(samples);
	free(hist);
}

static void p99_of_100_samples_is_the_99th(void **state)
{
	struct hist *hist = hist_new();

	(void)state;
	for (uint64_t i = 1; i <= 100; i++)
		hist_record(hist, i);
	assert_int_equal(hist_percentile(hist, 99), 99);
	assert_int_equal(hist_percentile(hist, 50), 50);
	assert_int_equal(hist_percentile(hist, 99.9), 100);
	assert_int_equal(hist_above(hist, 99), 1);
	assert_int_equal(hist_above(hist, 90), 10);
	free(hist);
}

static void ranks_have_no_rounding_error(void **state)
{
	(void)state;
	assert_int_equal(hist_rank_of(0, 50), 0);
	assert_int_equal(hist_rank_of(1, 0), 1);
	assert_int_equal(hist_rank_of(1000, 99.9), 999); /* 99.9 / 100 * 1000 is above 999 in binary */
	assert_int_equal(hist_rank_of(10000, 99.99), 9999);
	assert_int_equal(hist_rank_of(1000, 29), 290); /* 0.29 * 1000 is below 290 in binary */
	assert_int_equal(hist_rank_of(1001, 99.9), 1000);
	assert_int_equal(hist_rank_of(3, 50), 2);
	assert_int_equal(hist_rank_of(UINT64_MAX, 100), UINT64_MAX);
	assert_int_equal(hist_rank_of(1ull << 60, 50), 1ull << 59);
	for (uint64_t n = 1; n <= 5000; n++) {
		assert_int_equal(hist_rank_of(n, 99), (99 * n + 99) / 100);
		assert_int_equal(hist_rank_of(n, 99.9), (999 * n + 999) / 1000);
	}
}

static void one_sample_is_every_percentile(void **state)
{
	struct hist *hist = hist_new();

	(void)state;
	hist_record(hist, 123456789);
	assert_int_equal(hist_percentile(hist, 0), 123456789);
	assert_int_equal(hist_percentile(hist, 50), 123456789);
	assert_int_equal(hist_percentile(hist, 99.99), 123456789);
	assert_true(hist_stddev_s(hist) < 1e-9);
	free(hist);
}

static void an_empty_histogram_returns_zero(void **state)
{
	struct hist *hist = hist_new();
	uint64_t low = 1, high = 1;

	(void)state;
	assert_int_equal(hist_percentile(hist, 50), 0);
	assert_int_equal(hist_above(hist, 50), 0);
	assert_true(hist_mean_s(hist) == 0);
	assert_true(hist_stddev_s(hist) == 0);
	hist_interval(hist, 50, &low, &high);
	assert_int_equal(low, 0);
	assert_int_equal(high, 0);
	free(hist);
}

static void the_interval_is_that_of_the_order_statistics(void **state)
{
	struct hist *hist = hist_new();
	uint64_t low, high;

	(void)state;
	for (uint64_t i = 1; i <= 1000; i++)
		hist_record(hist, i);
	/* 500 -+ 1.96 sqrt(250) = 500 -+ 30.99 */
	hist_interval(hist, 50, &low, &high);
	assert_int_equal(low, 469);
	assert_int_equal(high, 532);
	/* 999 -+ 1.96 sqrt(0.999): the upper rank would be 1002 of 1000 */
	hist_interval(hist, 99.9, &low, &high);
	assert_int_equal(low, 997);
	assert_int_equal(high, 0);
	/* 0.1 -+ 0.62: no lower bound */
	hist_interval(hist, 0.01, &low, &high);
	assert_int_equal(low, 0);
	assert_int_equal(high, 2);
	free(hist);
}

/* ---- sums and merging ---- */

static void mean_and_deviation_are_exact(void **state)
{
	struct hist *hist = hist_new();

	(void)state;
	hist_record_n(hist, 2000000000, 3);
	hist_record(hist, 4000000000);
	hist_record_n(hist, 5000000000, 2);
	hist_record(hist, 7000000000);
	hist_record(hist, 9000000000);
	assert_true(fabs(hist_mean_s(hist) - 4.5) < 1e-12); /* (3 x 2 + 4 + 2 x 5 + 7 + 9) / 8 */
	assert_true(fabs(hist_stddev_s(hist) - sqrt(208.0 / 8 - 4.5 * 4.5)) < 1e-9);
	free(hist);
}

static void merging_is_recording_all_into_one(void **state)
{
	struct hist *parts[3] = {hist_new(), hist_new(), hist_new()};
	struct hist *all = hist_new(), *sum = hist_new();
	uint64_t random = 42;

	(void)state;
	for (unsigned i = 0; i < 30000; i++) {
		uint64_t ns = next_random(&random) >> (24 + next_random(&random) % 40);

		hist_record(all, ns);
		if (i % 3) /* parts[0] stays empty */
			hist_record(parts[i % 3], ns);
		else
			hist_record(sum, ns);
	}
	for (unsigned i = 0; i < 3; i++)
		hist_merge(sum, parts[i]);
	assert_memory_equal(sum->counts, all->counts, sizeof(all->counts));
	assert_int_equal(sum->count, all->count);
	assert_int_equal(sum->min_ns, all->min_ns);
	assert_int_equal(sum->max_ns, all->max_ns);
	assert_int_equal(sum->sum_ns, all->sum_ns);
	assert_true(fabs(sum->sum_squares - all->sum_squares) <= 1e-9 * all->sum_squares);
	for (unsigned i = 0; i < 3; i++)
		free(parts[i]);
	free(all);
	free(sum);
}

enum { CONCURRENT_RECORDS = 300000 };

static void *record_many(void *hist)
{
	uint64_t random = 11;

	for (unsigned i = 0; i < CONCURRENT_RECORDS; i++)
		hist_record(hist, 1000 + next_random(&random) % 1000000);
	return NULL;
}

static void a_reader_beside_the_writer_sees_a_consistent_histogram(void **state)
{
	struct hist *hist = hist_new();
	pthread_t writer;
	uint64_t seen = 0;

	(void)state;
	assert_int_equal(pthread_create(&writer, NULL, record_many, hist), 0);
	while (seen < CONCURRENT_RECORDS / 2) {
		struct hist *copy = hist_new();

		hist_merge(copy, hist);
		if (copy->count) {
			uint64_t p50 = hist_percentile(copy, 50), p99 = hist_percentile(copy, 99);

			assert_true(copy->count <= CONCURRENT_RECORDS);
			assert_true(p50 >= 1000 && p50 <= p99 && p99 <= 1001000);
		}
		seen = hist_load(&hist->count);
		free(copy);
	}
	pthread_join(writer, NULL);
	assert_int_equal(hist->count, CONCURRENT_RECORDS);
	free(hist);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(buckets_are_those_of_hdr_histogram),
	    cmocka_unit_test(buckets_follow_each_other_without_gap),
	    cmocka_unit_test(values_above_one_hour_share_its_bucket_and_keep_their_maximum),
	    cmocka_unit_test(percentiles_are_within_a_thousandth_of_the_sorted_samples),
	    cmocka_unit_test(p99_of_100_samples_is_the_99th),
	    cmocka_unit_test(ranks_have_no_rounding_error),
	    cmocka_unit_test(one_sample_is_every_percentile),
	    cmocka_unit_test(an_empty_histogram_returns_zero),
	    cmocka_unit_test(the_interval_is_that_of_the_order_statistics),
	    cmocka_unit_test(mean_and_deviation_are_exact),
	    cmocka_unit_test(merging_is_recording_all_into_one),
	    cmocka_unit_test(a_reader_beside_the_writer_sees_a_consistent_histogram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
