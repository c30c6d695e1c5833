/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/growth.h"
#include "engine/host_idle.h"

#define MS UINT64_C(1000000)

static struct growth growing(uint32_t count, uint32_t max, uint32_t connections)
{
	struct growth growth;

	growth_init(&growth, count, max, connections, false, 0);
	return growth;
}

/* Takes the next sample. */
static uint32_t sampled(struct growth *growth, double busy, double idle, double rate)
{
	return growth_next(
	    growth,
	    &(struct growth_sample){
		.now_ns = growth->due_ns, .busy = busy, .idle = idle, .rate = rate, .all_moved = true});
}

/* The current step is complete and yields this rate: from the move to the judgement. */
static uint32_t judged(struct growth *growth, double busy, double idle, double rate)
{
	sampled(growth, busy, idle, rate);
	assert_int_equal(growth->state, GROWTH_JUDGING);
	return sampled(growth, busy, idle, rate);
}

/* The final number of workers on a host with `processors`, of which the server uses as many as the client.
 * `worker_most` is the highest rate of one worker, `server_most` that of the server. */
static uint32_t ends_at(uint32_t max, double processors, double server_most, double worker_most, uint64_t *ns)
{
	struct growth growth = growing(1, max, 1000);
	double rate = 0, busy = 0, idle = 0;

	for (int i = 0; i < 200 && growth.due_ns != UINT64_MAX; i++) {
		double most = growth.count * worker_most;
		double used;

		rate = most < server_most ? most : server_most;
		busy = rate / most;
		used = 2 * growth.count * busy;
		idle = processors > used ? processors - used : 0;
		*ns = growth.state == GROWTH_WATCHING ? growth.due_ns : *ns;
		sampled(&growth, busy, idle, rate);
	}
	return growth.count;
}

static void doubles_while_the_workers_are_busy_and_processors_idle(void **state)
{
	struct growth growth = growing(1, 8, 200);

	(void)state;
	assert_int_equal(sampled(&growth, 0.99, 7, 250000), 2);
	assert_true(growth_unsettled(&growth));
	assert_int_equal(judged(&growth, 0.99, 6, 500000), 4);
	assert_int_equal(judged(&growth, 0.99, 4, 1000000), 8);
	assert_int_equal(judged(&growth, 0.99, 0, 2000000), 8);
	assert_false(growth_unsettled(&growth));
	assert_true(growth.due_ns == UINT64_MAX); /* no room left to grow */
	assert_false(growth_has_room(&growth));
}

static void a_decision_takes_tens_of_milliseconds(void **state)
{
	uint64_t ns = 0;

	(void)state;
	assert_int_equal(ends_at(8, 16, 1e9, 250000, &ns), 8);
	assert_in_range(ns, 1, 200 * MS);
}

static void a_worker_that_keeps_up_stays_alone(void **state)
{
	struct growth growth = growing(1, 8, 200);

	(void)state;
	for (int i = 0; i < 50; i++)
		assert_int_equal(sampled(&growth, 0.81, 7, 265000), 1);
	assert_true(growth_has_room(&growth));
}

static void nothing_grows_where_no_processor_is_idle(void **state)
{
	struct growth growth = growing(1, 2, 50);

	(void)state;
	for (int i = 0; i < 50; i++)
		assert_int_equal(sampled(&growth, 1, 0.2, 100000), 1);
	assert_false(growth_has_room(&growth));
	/* It is tried again later: other programs may end. */
	assert_int_equal(sampled(&growth, 1, 1, 100000), 2);
}

static void no_more_workers_start_than_processors_are_idle(void **state)
{
	struct growth growth = growing(4, 16, 1000);

	(void)state;
	assert_int_equal(sampled(&growth, 1, 2.1, 1e6), 6);
}

static void the_last_step_ends_at_the_maximum(void **state)
{
	struct growth growth = growing(8, 12, 1000);

	(void)state;
	assert_int_equal(sampled(&growth, 1, 10, 1e6), 12);
}

static void a_step_that_gains_less_than_a_tenth_is_undone(void **state)
{
	struct growth growth = growing(1, 8, 200);

	(void)state;
	assert_int_equal(sampled(&growth, 0.95, 7, 100000), 2);
	assert_int_equal(judged(&growth, 0.6, 6, 109000), 1);
	assert_int_equal(growth.state, GROWTH_RETURNING);
	assert_int_equal(sampled(&growth, 0.95, 7, 100000), 1);
	assert_int_equal(growth.state, GROWTH_WATCHING);
	assert_true(growth_has_room(&growth)); /* busy, but more workers would gain nothing: not the limit */
}

static void a_step_that_gains_a_tenth_stays(void **state)
{
	struct growth growth = growing(1, 8, 200);

	(void)state;
	assert_int_equal(sampled(&growth, 0.95, 7, 100000), 2);
	assert_int_equal(judged(&growth, 0.6, 6, 111000), 2);
	assert_int_equal(growth.state, GROWTH_WATCHING);
}

/* Each failed step makes the wait before the next try longer, a success makes it short again. */
static void failed_tries_become_rare(void **state)
{
	struct growth growth = growing(1, 8, 200);
	uint64_t last = 0, pause = 0;

	(void)state;
	for (int i = 0; i < 8; i++) {
		uint64_t at = growth.due_ns;

		assert_int_equal(sampled(&growth, 1, 7, 1000), 2);
		assert_int_equal(judged(&growth, 1, 7, 1000), 1);
		sampled(&growth, 1, 7, 1000);
		if (last)
			assert_true(at - last >= pause);
		pause = at - last;
		last = at;
	}
	assert_in_range(growth.due_ns - last, 10000 * MS, 40000 * MS);
}

static void with_few_connections_a_lower_share_is_worth_a_try(void **state)
{
	struct growth few = growing(4, 8, 10), many = growing(4, 8, 200);

	(void)state;
	assert_int_equal(sampled(&few, 0.63, 4, 681000), 8);
	assert_int_equal(sampled(&many, 0.63, 4, 681000), 4);
}

static void a_given_rate_does_not_judge_a_step(void **state)
{
	struct growth growth;

	(void)state;
	growth_init(&growth, 1, 8, 200, true, 0);
	assert_int_equal(sampled(&growth, 0.95, 7, 100000), 2);
	assert_int_equal(judged(&growth, 0.5, 6, 100000), 2);
}

static void missing_connections_are_not_awaited(void **state)
{
	struct growth growth = growing(1, 8, 200);
	uint64_t from;

	(void)state;
	from = growth.due_ns;
	assert_int_equal(sampled(&growth, 1, 7, 1000), 2);
	while (growth.state == GROWTH_MOVING)
		growth_next(&growth,
			    &(struct growth_sample){.now_ns = growth.due_ns, .busy = 1, .rate = 1000});
	assert_in_range(growth.due_ns - from, 50 * MS, 200 * MS);
}

static void a_step_that_fails_is_the_last(void **state)
{
	struct growth growth = growing(1, 8, 200);

	(void)state;
	assert_int_equal(sampled(&growth, 1, 7, 1000), 2);
	growth_failed(&growth);
	assert_int_equal(growth.count, 1);
	assert_true(growth.due_ns == UINT64_MAX);
	assert_false(growth_has_room(&growth));
}

static void fixed_numbers_are_never_sampled(void **state)
{
	struct growth growth = growing(2, 2, 200);

	(void)state;
	assert_true(growth.due_ns == UINT64_MAX);
}

/* ---- idle processors ---- */

static const char stat_file[] = "cpu  10 0 10 1000 60 0 0 0 0 0\n"
				"cpu0 1 0 1 100 10 0 0 0 0 0\n"
				"cpu1 1 0 1 200 20 0 0 0 0 0\n"
				"cpu12 1 0 1 700 30 5 5 5 0 0\n"
				"intr 1 2 3\nctxt 99\n";

static bool idle_of(const char *text, const unsigned *cpus, unsigned count, uint64_t *idle_ns)
{
	char path[] = "/tmp/vastar-test-stat-XXXXXX";
	int fd = mkstemp(path);
	cpu_set_t usable;
	bool read;

	assert_true(fd >= 0);
	assert_true(dprintf(fd, "%s", text) >= 0);
	close(fd);
	CPU_ZERO(&usable);
	for (unsigned i = 0; i < count; i++)
		CPU_SET(cpus[i], &usable);
	read = host_idle_ns(path, &usable, idle_ns);
	unlink(path);
	return read;
}

static void idle_time_is_that_of_the_usable_processors(void **state)
{
	uint64_t idle_ns, tick_ns = 1000 * MS / (uint64_t)sysconf(_SC_CLK_TCK);

	(void)state;
	assert_true(idle_of(stat_file, (unsigned[]){0, 1, 12}, 3, &idle_ns));
	assert_true(idle_ns == 1060 * tick_ns);
	assert_true(idle_of(stat_file, (unsigned[]){12}, 1, &idle_ns));
	assert_true(idle_ns == 730 * tick_ns);
}

static void invalid_processor_lists_are_refused(void **state)
{
	uint64_t idle_ns;

	(void)state;
	assert_false(idle_of(stat_file, (unsigned[]){3}, 1, &idle_ns));
	assert_false(idle_of("", (unsigned[]){0}, 1, &idle_ns));
	assert_false(idle_of("cpu0 x\n", (unsigned[]){0}, 1, &idle_ns));
	assert_false(idle_of("no numbers\ncpu0 1 0 1 100 10\n", (unsigned[]){0}, 1, &idle_ns));
	assert_false(host_idle_ns("/nowhere", &(cpu_set_t){{0}}, &idle_ns));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(doubles_while_the_workers_are_busy_and_processors_idle),
	    cmocka_unit_test(a_decision_takes_tens_of_milliseconds),
	    cmocka_unit_test(a_worker_that_keeps_up_stays_alone),
	    cmocka_unit_test(nothing_grows_where_no_processor_is_idle),
	    cmocka_unit_test(no_more_workers_start_than_processors_are_idle),
	    cmocka_unit_test(the_last_step_ends_at_the_maximum),
	    cmocka_unit_test(a_step_that_gains_less_than_a_tenth_is_undone),
	    cmocka_unit_test(a_step_that_gains_a_tenth_stays),
	    cmocka_unit_test(failed_tries_become_rare),
	    cmocka_unit_test(with_few_connections_a_lower_share_is_worth_a_try),
	    cmocka_unit_test(a_given_rate_does_not_judge_a_step),
	    cmocka_unit_test(missing_connections_are_not_awaited),
	    cmocka_unit_test(a_step_that_fails_is_the_last),
	    cmocka_unit_test(fixed_numbers_are_never_sampled),
	    cmocka_unit_test(idle_time_is_that_of_the_usable_processors),
	    cmocka_unit_test(invalid_processor_lists_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
