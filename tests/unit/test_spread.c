/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "serve/spread.h"

enum { WORKERS = 4 };

static int make(void **state)
{
	static struct spread spread;

	*state = &spread;
	return !spread_init(&spread, WORKERS);
}

static int drop(void **state)
{
	spread_deinit(*state);
	return 0;
}

/* Whichever worker accepts them, all get the same number. */
static void test_even(void **state)
{
	struct spread *spread = *state;

	for (int round = 1; round <= 3; round++) {
		for (int i = 0; i < WORKERS; i++)
			spread_take(spread, 2);
		for (int i = 0; i < WORKERS; i++)
			assert_int_equal(spread->each[i].load, round);
	}
}

static void test_keeps_its_own(void **state)
{
	struct spread *spread = *state;

	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(spread_take(spread, i), i);
}

/* With many connections, a small difference is not worth a move. */
static void test_leeway(void **state)
{
	struct spread *spread = *state;

	for (unsigned i = 0; i < WORKERS; i++)
		spread->each[i].load = 160;
	for (unsigned more = 0; more < 11; more++)
		assert_int_equal(spread_take(spread, 1), 1);
	assert_int_not_equal(spread_take(spread, 1), 1);
}

static void test_closed_and_moved(void **state)
{
	struct spread *spread = *state;

	assert_int_equal(spread_take(spread, 0), 0);
	assert_int_equal(spread_take(spread, 0), 1);
	spread_move(spread, 1, 0); /* its table was full */
	assert_int_equal(spread->each[0].load, 2);
	assert_int_equal(spread->each[1].load, 0);
	spread_drop(spread, 0);
	spread_drop(spread, 0);
	assert_int_equal(spread->each[0].load, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_even, make, drop),
	    cmocka_unit_test_setup_teardown(test_keeps_its_own, make, drop),
	    cmocka_unit_test_setup_teardown(test_leeway, make, drop),
	    cmocka_unit_test_setup_teardown(test_closed_and_moved, make, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
