/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/timer.h"

enum { CONNECTIONS = 50 };

static int set_up(void **state)
{
	static struct timer_heap heap;

	*state = &heap;
	return timer_init(&heap, CONNECTIONS) ? 0 : -1;
}

static int tear_down(void **state)
{
	timer_deinit(*state);
	return 0;
}

static void an_empty_heap_has_nothing_due(void **state)
{
	uint32_t conn = 77;

	assert_int_equal(timer_next(*state), UINT64_MAX);
	assert_false(timer_pop(*state, UINT64_MAX, &conn));
	assert_int_equal(conn, 77);
}

static void the_earliest_comes_first_and_none_early(void **state)
{
	uint32_t conn;

	timer_set(*state, 3, 300);
	timer_set(*state, 1, 100);
	timer_set(*state, 2, 200);
	assert_int_equal(timer_next(*state), 100);
	assert_false(timer_pop(*state, 99, &conn));
	assert_true(timer_pop(*state, 250, &conn));
	assert_int_equal(conn, 1);
	assert_true(timer_pop(*state, 250, &conn));
	assert_int_equal(conn, 2);
	assert_false(timer_pop(*state, 250, &conn));
	assert_true(timer_pop(*state, 300, &conn));
	assert_int_equal(conn, 3);
	assert_int_equal(timer_next(*state), UINT64_MAX);
}

static void setting_again_replaces(void **state)
{
	uint32_t conn;

	timer_set(*state, 7, 100);
	timer_set(*state, 8, 150);
	timer_set(*state, 7, 200);
	assert_int_equal(timer_next(*state), 150);
	timer_set(*state, 7, 50);
	assert_true(timer_pop(*state, 1000, &conn));
	assert_int_equal(conn, 7);
	assert_true(timer_pop(*state, 1000, &conn));
	assert_int_equal(conn, 8);
	assert_false(timer_pop(*state, 1000, &conn));
}

static void cancelling_removes_only_that_timer(void **state)
{
	uint32_t conn;

	timer_cancel(*state, 5); /* never set */
	timer_set(*state, 5, 10);
	timer_set(*state, 6, 20);
	timer_cancel(*state, 5);
	timer_cancel(*state, 5);
	assert_true(timer_pop(*state, 1000, &conn));
	assert_int_equal(conn, 6);
	assert_false(timer_pop(*state, 1000, &conn));
}

/* Compared with the simplest model: a linear search for the minimum of an array. */
static void it_agrees_with_a_plain_array(void **state)
{
	uint64_t due[CONNECTIONS] = {0}; /* 0: none */
	uint64_t random = 1;

	for (unsigned step = 0; step < 200000; step++) {
		uint64_t least = UINT64_MAX;
		uint32_t conn;

		random = random * 6364136223846793005u + 1442695040888963407u;
		conn = (uint32_t)(random >> 33) % CONNECTIONS;
		switch (random >> 60) {
		case 0:
		case 1:
			timer_cancel(*state, conn);
			due[conn] = 0;
			break;
		case 2:
		case 3:
		case 4:
			for (unsigned i = 0; i < CONNECTIONS; i++)
				least = due[i] && due[i] < least ? due[i] : least;
			assert_int_equal(timer_next(*state), least);
			if (least == UINT64_MAX)
				break;
			assert_false(timer_pop(*state, least - 1, &conn));
			assert_true(timer_pop(*state, least, &conn));
			assert_int_equal(due[conn], least);
			due[conn] = 0;
			break;
		default:
			due[conn] = 1 + (random >> 20) % 1000;
			timer_set(*state, conn, due[conn]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(an_empty_heap_has_nothing_due, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(the_earliest_comes_first_and_none_early, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(setting_again_replaces, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(cancelling_removes_only_that_timer, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(it_agrees_with_a_plain_array, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
