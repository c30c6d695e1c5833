/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/pace.h"

static const struct pace closed = {.kind = PACE_CLOSED};
static const struct pace tenth = {.kind = PACE_CONNECTION, .gap_ns = 100};

static void in_a_closed_loop_now_is_the_time(void **state)
{
	uint64_t missed = 0;

	(void)state;
	assert_int_equal(pace_first(&closed, 0, 50, 1000), 1000);
	assert_int_equal(pace_first(&closed, 49, 50, 1000), 1000);
	assert_int_equal(pace_next(&closed, 1000, 1234, &missed), 1234);
	assert_int_equal(missed, 0);
}

static void paced_connections_are_spread_over_one_gap(void **state)
{
	(void)state;
	assert_int_equal(pace_first(&tenth, 0, 4, 1000), 1000);
	assert_int_equal(pace_first(&tenth, 1, 4, 1000), 1025);
	assert_int_equal(pace_first(&tenth, 3, 4, 1000), 1075);
	/* 100 / 3 is not an integer: floor(gap x index / count), no accumulated error. */
	assert_int_equal(pace_first(&tenth, 1, 3, 0), 33);
	assert_int_equal(pace_first(&tenth, 2, 3, 0), 66);
	/* More connections than ns. */
	assert_int_equal(pace_first(&tenth, 999, 1000, 0), 99);
}

static void the_spread_does_not_overflow(void **state)
{
	struct pace slow = {.kind = PACE_CONNECTION, .gap_ns = 3600000000000000ull};

	(void)state;
	assert_int_equal(pace_first(&slow, 199999, 200000, 0), 3600000000000000ull / 200000 * 199999);
}

static void a_timely_connection_waits_for_its_next_tick(void **state)
{
	uint64_t missed = 0;

	(void)state;
	assert_int_equal(pace_next(&tenth, 1000, 1000, &missed), 1100);
	assert_int_equal(pace_next(&tenth, 1000, 1099, &missed), 1100);
	assert_int_equal(pace_next(&tenth, 1000, 1100, &missed), 1100);
	assert_int_equal(missed, 0);
}

static void ticks_that_found_it_busy_are_missed_and_counted(void **state)
{
	uint64_t missed = 5; /* added to */

	(void)state;
	assert_int_equal(pace_next(&tenth, 1000, 1101, &missed), 1200);
	assert_int_equal(missed, 6);
	assert_int_equal(pace_next(&tenth, 1000, 1200, &missed), 1200);
	assert_int_equal(missed, 7);
	assert_int_equal(pace_next(&tenth, 1000, 1950, &missed), 2000);
	assert_int_equal(missed, 16);
}

/* Whatever the delays of the responses, every request is due on the grid; sent plus missed are all ticks. */
static void the_grid_does_not_drift(void **state)
{
	struct pace pace = {.kind = PACE_CONNECTION, .gap_ns = 333333};
	uint64_t start = 123456789, due = pace_first(&pace, 0, 1, start), missed = 0, sent = 0;
	uint32_t random = 1;

	(void)state;
	for (; sent < 100000; sent++) {
		random = random * 1664525 + 1013904223;
		due = pace_next(&pace, due, due + random % 1000000, &missed);
		assert_int_equal((due - start) % pace.gap_ns, 0);
	}
	assert_true(missed > 0);
	assert_int_equal((due - start) / pace.gap_ns, sent + missed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(in_a_closed_loop_now_is_the_time),
	    cmocka_unit_test(paced_connections_are_spread_over_one_gap),
	    cmocka_unit_test(the_spread_does_not_overflow),
	    cmocka_unit_test(a_timely_connection_waits_for_its_next_tick),
	    cmocka_unit_test(ticks_that_found_it_busy_are_missed_and_counted),
	    cmocka_unit_test(the_grid_does_not_drift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
