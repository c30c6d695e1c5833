/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "serve/hold.h"

enum { DRAWS = 100000 };

#define MS 1000000ull

/* ---- the distributions ---- */

static double mean_of(const struct serve_delay *delay, uint64_t seed, uint64_t *minp, uint64_t *maxp)
{
	struct hold_random random;
	double sum = 0;

	hold_random_init(&random, seed, 0);
	*minp = UINT64_MAX;
	*maxp = 0;
	for (int i = 0; i < DRAWS; i++) {
		uint64_t ns = hold_draw(delay, &random);

		sum += (double)ns;
		*minp = ns < *minp ? ns : *minp;
		*maxp = ns > *maxp ? ns : *maxp;
	}
	return sum / DRAWS;
}

/* Six standard errors of the mean. The seed is fixed, so the outcome never changes. */
static void assert_mean(double mean, double expected, double deviation)
{
	assert_true(fabs(mean - expected) < 6 * deviation / sqrt(DRAWS));
}

static void delays_have_their_means_and_ranges(void **state)
{
	struct serve_delay fixed = {.kind = SERVE_DELAY_FIXED, .a_ns = 20 * MS};
	struct serve_delay uniform = {.kind = SERVE_DELAY_UNIFORM, .a_ns = 10 * MS, .b_ns = 30 * MS};
	struct serve_delay exponential = {.kind = SERVE_DELAY_EXPONENTIAL, .a_ns = 20 * MS};
	struct serve_delay bimodal = {
	    .kind = SERVE_DELAY_BIMODAL, .a_ns = 5 * MS, .b_ns = 105 * MS, .share = 0.1};
	struct serve_delay none = {.kind = SERVE_DELAY_NONE};
	uint64_t min, max;
	double mean;

	(void)state;
	mean = mean_of(&none, 1, &min, &max);
	assert_true(mean == 0);
	mean = mean_of(&fixed, 1, &min, &max);
	assert_true(min == 20 * MS && max == 20 * MS);
	mean = mean_of(&uniform, 1, &min, &max);
	assert_mean(mean, 20.0 * MS, 20.0 * MS / sqrt(12));
	assert_true(min >= 10 * MS && min < 10.1 * MS && max <= 30 * MS && max > 29.9 * MS);
	mean = mean_of(&exponential, 1, &min, &max);
	assert_mean(mean, 20.0 * MS, 20.0 * MS);
	assert_true(max > 20 * MS * 8); /* P(max below 8 means) = e^-34 */
	mean = mean_of(&bimodal, 1, &min, &max);
	assert_mean(mean, 15.0 * MS, 30.0 * MS);
	assert_true(min == 5 * MS && max == 105 * MS);
}

static void seeds_and_workers_have_separate_sequences(void **state)
{
	struct serve_delay delay = {.kind = SERVE_DELAY_EXPONENTIAL, .a_ns = 1000 * MS};
	struct hold_random a, same, seed, worker;

	(void)state;
	hold_random_init(&a, 1, 0);
	hold_random_init(&same, 1, 0);
	hold_random_init(&seed, 2, 0);
	hold_random_init(&worker, 1, 1);
	for (int i = 0; i < 100; i++) {
		uint64_t ns = hold_draw(&delay, &a);

		assert_int_equal(ns, hold_draw(&delay, &same));
		assert_int_not_equal(ns, hold_draw(&delay, &seed));
		assert_int_not_equal(ns, hold_draw(&delay, &worker));
	}
}

static void delays_are_read(void **state)
{
	static const char *const bad[] = {"",	       "x",	 "exp:",    "20ms..10ms",
					  "..10ms",    "10ms..", "5ms,6ms", "5ms,6ms:2",
					  "5ms,6ms:x", "-1ms",	 "1ms:0.5"};
	struct vastar_error err;
	struct serve_delay delay;

	(void)state;
	assert_int_equal(serve_delay_parse("20ms", &delay, &err), 0);
	assert_true(delay.kind == SERVE_DELAY_FIXED && delay.a_ns == 20 * MS);
	assert_int_equal(serve_delay_parse("10ms..1.5s", &delay, &err), 0);
	assert_true(delay.kind == SERVE_DELAY_UNIFORM && delay.a_ns == 10 * MS && delay.b_ns == 1500 * MS);
	assert_int_equal(serve_delay_parse("exp:250us", &delay, &err), 0);
	assert_true(delay.kind == SERVE_DELAY_EXPONENTIAL && delay.a_ns == 250000);
	assert_int_equal(serve_delay_parse("5ms,100ms:0.1", &delay, &err), 0);
	assert_true(delay.kind == SERVE_DELAY_BIMODAL && delay.a_ns == 5 * MS && delay.b_ns == 100 * MS);
	assert_true(delay.share == 0.1);
	assert_int_equal(serve_delay_parse("0", &delay, &err), 0);
	assert_true(delay.kind == SERVE_DELAY_NONE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(serve_delay_parse(bad[i], &delay, &err), -VASTAR_E_USAGE);
}

/* ---- the heap ---- */

static void entries_leave_in_the_order_they_are_due(void **state)
{
	enum { IDS = 2000 };
	struct hold hold;
	static uint64_t due[IDS];
	uint64_t random = 88172645463325252u, last = 0;
	uint32_t id;
	unsigned left = 0;

	(void)state;
	assert_true(hold_init(&hold, IDS, 0));
	for (uint32_t i = 0; i < IDS; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		due[i] = 1 + random % 1000;
		assert_true(hold_timer(&hold, i, due[i]));
	}
	for (uint32_t i = 0; i < IDS; i += 3)
		hold_cancel(&hold, i, 0);
	for (uint64_t now = 0; now <= 1000; now++) {
		while (hold_pop(&hold, now, &id)) {
			assert_true(id % 3);
			assert_true(due[id] <= now && due[id] >= last);
			last = due[id];
			left++;
		}
		assert_true(hold_next(&hold) > now);
	}
	assert_int_equal(left, IDS - (IDS + 2) / 3);
	assert_true(hold_next(&hold) == UINT64_MAX);
	hold_deinit(&hold);
}

static void equal_instants_keep_their_order(void **state)
{
	struct hold hold;
	uint32_t id;

	(void)state;
	assert_true(hold_init(&hold, 100, 0));
	for (uint32_t i = 0; i < 100; i++)
		assert_true(hold_serve(&hold, 99 - i, 7, 3));
	for (uint32_t i = 0; i < 100; i++) {
		assert_true(hold_pop(&hold, 10, &id));
		assert_int_equal(id, 99 - i);
	}
	hold_deinit(&hold);
}

/* ---- capacity ---- */

static void expect_pop(struct hold *hold, uint64_t due_ns, uint32_t expected)
{
	uint32_t id = UINT32_MAX;

	assert_int_equal(hold_next(hold), due_ns);
	assert_false(hold_pop(hold, due_ns - 1, &id));
	assert_true(hold_pop(hold, due_ns, &id));
	assert_int_equal(id, expected);
}

static void capacity_serves_in_waves_and_in_order(void **state)
{
	struct hold hold;

	(void)state;
	assert_true(hold_init(&hold, 16, 3));
	for (uint32_t i = 0; i < 8; i++)
		assert_true(hold_serve(&hold, i, 100 + i, 50));
	/* Three begin at once; each slot takes the next as soon as it is free. */
	expect_pop(&hold, 150, 0);
	expect_pop(&hold, 151, 1);
	expect_pop(&hold, 152, 2);
	expect_pop(&hold, 200, 3);
	expect_pop(&hold, 201, 4);
	expect_pop(&hold, 202, 5);
	expect_pop(&hold, 250, 6);
	expect_pop(&hold, 251, 7);
	assert_true(hold_next(&hold) == UINT64_MAX);
	hold_deinit(&hold);
}

/* A late call does not slow the queue, but nothing is served before it arrives. */
static void a_late_caller_does_not_slow_the_queue(void **state)
{
	struct hold hold;
	uint32_t id;

	(void)state;
	assert_true(hold_init(&hold, 4, 1));
	assert_true(hold_serve(&hold, 0, 100, 50));
	assert_true(hold_serve(&hold, 1, 110, 50));
	assert_true(hold_serve(&hold, 2, 300, 50));
	assert_true(hold_pop(&hold, 1000, &id) && id == 0);
	expect_pop(&hold, 200, 1);
	expect_pop(&hold, 350, 2);
	hold_deinit(&hold);
}

static void timers_take_no_slot(void **state)
{
	struct hold hold;

	(void)state;
	assert_true(hold_init(&hold, 8, 1));
	assert_true(hold_timer(&hold, 5, 120));
	assert_true(hold_timer(&hold, 6, 160));
	assert_true(hold_serve(&hold, 0, 100, 50));
	assert_true(hold_serve(&hold, 1, 100, 50));
	expect_pop(&hold, 120, 5);
	expect_pop(&hold, 150, 0);
	expect_pop(&hold, 160, 6);
	expect_pop(&hold, 200, 1);
	hold_deinit(&hold);
}

static void leaving_makes_room(void **state)
{
	struct hold hold;

	(void)state;
	assert_true(hold_init(&hold, 8, 1));
	for (uint32_t i = 0; i < 6; i++)
		assert_true(hold_serve(&hold, i, 100, 50));
	hold_cancel(&hold, 2, 110); /* in the middle of the queue */
	hold_cancel(&hold, 5, 110); /* at its end */
	hold_cancel(&hold, 0, 120); /* in service: 1 begins at 120 */
	hold_cancel(&hold, 7, 120); /* never entered */
	expect_pop(&hold, 170, 1);
	hold_cancel(&hold, 3, 180); /* in service since 170: 4 begins at 180 */
	expect_pop(&hold, 230, 4);
	assert_true(hold_next(&hold) == UINT64_MAX);
	/* The slot can be used again. */
	assert_true(hold_serve(&hold, 5, 300, 10));
	expect_pop(&hold, 310, 5);
	hold_deinit(&hold);
}

/* One slot against Lindley's recursion, with the arrivals and services of a busy queue. */
static void one_slot_is_the_textbook_queue(void **state)
{
	enum { N = 5000 };
	struct serve_delay service = {.kind = SERVE_DELAY_EXPONENTIAL, .a_ns = 900};
	struct serve_delay gap = {.kind = SERVE_DELAY_EXPONENTIAL, .a_ns = 1000};
	static uint64_t expected[N];
	struct hold_random random;
	struct hold hold;
	uint64_t now = 0, free_at = 0;
	uint32_t id, done = 0;

	(void)state;
	hold_random_init(&random, 7, 0);
	assert_true(hold_init(&hold, N, 1));
	for (uint32_t i = 0; i < N; i++) {
		uint64_t takes = hold_draw(&service, &random), due;

		now += hold_draw(&gap, &random);
		free_at = (free_at > now ? free_at : now) + takes;
		expected[i] = free_at;
		while ((due = hold_next(&hold)) <= now) {
			assert_true(hold_pop(&hold, now, &id));
			assert_int_equal(id, done);
			assert_int_equal(due, expected[done++]);
		}
		assert_true(hold_serve(&hold, i, now, takes));
	}
	for (; done < N; done++)
		expect_pop(&hold, expected[done], done);
	hold_deinit(&hold);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(delays_have_their_means_and_ranges),
	    cmocka_unit_test(seeds_and_workers_have_separate_sequences),
	    cmocka_unit_test(delays_are_read),
	    cmocka_unit_test(entries_leave_in_the_order_they_are_due),
	    cmocka_unit_test(equal_instants_keep_their_order),
	    cmocka_unit_test(capacity_serves_in_waves_and_in_order),
	    cmocka_unit_test(a_late_caller_does_not_slow_the_queue),
	    cmocka_unit_test(timers_take_no_slot),
	    cmocka_unit_test(leaving_makes_room),
	    cmocka_unit_test(one_slot_is_the_textbook_queue),
	};

	return cmocka_run_group_tests_name("hold", tests, NULL, NULL);
}
