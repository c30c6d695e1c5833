/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/arrivals.h"
#include "stats/gaps.h"

/* Gaps of a worker that takes every `stride`th arrival of a schedule, exactly as drawn. */
static struct gap_sample draw(enum arrivals_kind kind, uint64_t seed, uint32_t stride, unsigned count)
{
	struct gap_sample sample = {0};
	struct schedule schedule = {0};
	struct arrivals arrivals;
	double last;

	schedule_add(&schedule, SCHEDULE_ENDLESS, 1000, 1000);
	arrivals_init(&arrivals, kind, &schedule, seed, 0, 0, stride);
	last = arrivals.expected;
	for (unsigned i = 0; i < count; i++) {
		arrivals_take(&arrivals);
		if (gap_wanted(&sample))
			gap_keep(&sample, arrivals.expected - last, stride);
		last = arrivals.expected;
	}
	return sample;
}

/* Known values of the statistic: small for the shares (i - 0.5) / n, large for equal shares. */
static void even_shares_do_not_depart(void **state)
{
	struct gap_sample sample = {.every = 1};

	(void)state;
	for (int i = 0; i < 100; i++)
		sample.shares[sample.count++] = (i + 0.5) / 100;
	assert_true(gap_departure(&sample) < 0.1);
	for (int i = 0; i < 100; i++)
		sample.shares[i] = 0.5;
	/* -n - (1/n) n^2 2 ln 0.5 = n (2 ln 2 - 1) */
	assert_true(fabs(gap_departure(&sample) - 100 * (2 * log(2) - 1)) < 1e-9);
}

static void poisson_arrivals_keep_their_law(void **state)
{
	(void)state;
	for (uint32_t stride = 1; stride <= 64; stride *= 4) {
		for (uint64_t seed = 0; seed < 20; seed++) {
			struct gap_sample sample = draw(ARRIVALS_POISSON, seed, stride, 5000);

			assert_in_range(sample.count, GAPS_MAX / 2, GAPS_MAX);
			assert_true(gap_departure(&sample) < GAPS_ALARM);
		}
	}
}

static void other_laws_are_noticed(void **state)
{
	struct gap_sample sample = draw(ARRIVALS_CONSTANT, 0, 1, 500);

	(void)state;
	assert_true(gap_departure(&sample) > GAPS_ALARM);
	sample = draw(ARRIVALS_UNIFORM, 0, 1, 500);
	assert_true(gap_departure(&sample) > GAPS_ALARM);
}

static void few_gaps_are_not_judged(void **state)
{
	struct gap_sample sample = draw(ARRIVALS_CONSTANT, 0, 1, GAPS_LEAST - 1);

	(void)state;
	assert_true(isnan(gap_departure(&sample)));
}

static void samples_are_merged(void **state)
{
	struct gap_sample sum = draw(ARRIVALS_POISSON, 1, 2, 5000),
			  other = draw(ARRIVALS_POISSON, 2, 2, 5000);

	(void)state;
	gap_merge(&sum, &other);
	assert_in_range(sum.count, GAPS_MAX / 2, GAPS_MAX);
	assert_int_equal(sum.seen, 10000);
	assert_true(gap_departure(&sum) < GAPS_ALARM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(even_shares_do_not_depart), cmocka_unit_test(poisson_arrivals_keep_their_law),
	    cmocka_unit_test(other_laws_are_noticed),	 cmocka_unit_test(few_gaps_are_not_judged),
	    cmocka_unit_test(samples_are_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
