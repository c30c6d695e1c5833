/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stats/join.h"

enum { SECOND = 1000000000 };

/* A run with `responses` responses of 1 ms each and `workers` workers, each busy for the share `busy`. */
static struct result *run(uint64_t responses, uint64_t seconds, uint32_t connections, uint32_t workers,
			  double busy)
{
	struct run_facts facts = {.total_ns = seconds * SECOND,
				  .connections = connections,
				  .connections_open = connections,
				  .workers = workers,
				  .cpu_busy = calloc(workers, sizeof(double))};
	struct shard *shard = shard_new();
	struct result *result;

	assert_non_null(shard);
	assert_non_null(facts.cpu_busy);
	for (uint32_t i = 0; i < workers; i++)
		facts.cpu_busy[i] = busy;
	hist_record_n(&shard->latency, 1000000, responses);
	shard->responses = shard->good = responses;
	shard->backlog_max = responses;
	result = result_new(&shard, 1, &facts);
	assert_non_null(result);
	shard_free(shard);
	return result;
}

static void times_of_consecutive_runs_add_up(void **state)
{
	struct result *a = run(100, 1, 10, 1, 0.5), *b = run(300, 3, 8, 2, 0.1);
	struct vastar_error err;

	(void)state;
	assert_int_equal(result_join(a, b, JOIN_AFTER, &err), 0);
	assert_int_equal(a->sum->responses, 400);
	assert_int_equal(a->sum->latency.count, 400);
	assert_float_equal(result_rps(a), 100, 1e-9);
	assert_int_equal(a->facts.connections, 10);
	assert_int_equal(a->facts.connections_open, 10);
	assert_int_equal(a->facts.workers, 2);
	assert_float_equal(a->facts.cpu_busy[0], (0.5 * 1 + 0.1 * 3) / 4, 1e-12);
	assert_float_equal(a->facts.cpu_busy[1], 0.1 * 3 / 4, 1e-12);
	assert_int_equal(a->sum->backlog_max, 300);
	result_free(a);
	result_free(b);
}

/* One interval of a second, whose first bucket holds the responses. */
static void add_interval(struct result *result)
{
	result->intervals = calloc(1, sizeof(*result->intervals));
	result->interval_counts = calloc(1, sizeof(*result->interval_counts));
	assert_non_null(result->intervals);
	assert_non_null(result->interval_counts);
	result->interval_count = 1;
	result->intervals[0] = (struct interval){.length_ns = SECOND, .responses = result->sum->responses};
	result->interval_counts[0].counts[0] = (uint32_t)result->sum->responses;
}

static void latencies_of_intervals_stay_with_them(void **state)
{
	struct result *a = run(100, 1, 10, 1, 0.5), *b = run(300, 1, 8, 1, 0.1), *c = run(1, 1, 1, 1, 0);
	struct vastar_error err;

	(void)state;
	add_interval(a);
	add_interval(b);
	add_interval(c);
	assert_int_equal(result_join(a, b, JOIN_AFTER, &err), 0);
	assert_int_equal(a->interval_count, 2);
	assert_non_null(a->interval_counts);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(a->interval_counts[i].counts[0], a->intervals[i].responses);
	free(c->interval_counts); /* as of a file */
	c->interval_counts = NULL;
	assert_int_equal(result_join(a, c, JOIN_AFTER, &err), 0);
	assert_int_equal(a->interval_count, 3);
	assert_null(a->interval_counts);
	result_free(a);
	result_free(b);
	result_free(c);
}

static void connections_and_workers_of_simultaneous_runs_add_up(void **state)
{
	struct result *a = run(100, 1, 10, 1, 0.5), *b = run(300, 1, 8, 2, 0.1);
	struct vastar_error err;

	(void)state;
	assert_int_equal(result_join(a, b, JOIN_BESIDE, &err), 0);
	assert_float_equal(result_rps(a), 400, 1e-9);
	assert_int_equal(a->facts.connections, 18);
	assert_int_equal(a->facts.workers, 3);
	assert_float_equal(a->facts.cpu_busy[0], 0.5, 0);
	assert_float_equal(a->facts.cpu_busy[2], 0.1, 0);
	assert_int_equal(a->sum->backlog_max, 400);
	result_free(a);
	result_free(b);
}

static void missing_connections_remain_missing(void **state)
{
	struct result *a = run(1, 1, 10, 1, 0), *b = run(1, 1, 4, 1, 0);
	struct vastar_error err;

	(void)state;
	b->facts.connections_open = 1;
	assert_int_equal(result_join(a, b, JOIN_AFTER, &err), 0);
	assert_int_equal(a->facts.connections, 10);
	assert_int_equal(a->facts.connections_open, 7);
	result_free(a);
	result_free(b);
}

static void first_verdict_that_is_not_ok_stands(void **state)
{
	struct result *a = run(1, 1, 1, 1, 0), *b = run(1, 1, 1, 1, 0.95);
	struct vastar_error err;

	(void)state;
	assert_int_equal(a->verdict, VERDICT_OK);
	assert_int_equal(b->verdict, VERDICT_CLIENT_LIMITED);
	assert_int_equal(result_join(a, b, JOIN_AFTER, &err), 0);
	assert_int_equal(a->verdict, VERDICT_CLIENT_LIMITED);
	assert_string_equal(a->verdict_reason, b->verdict_reason);
	result_free(a);
	result_free(b);
}

static void held_back_shares_are_a_mean_or_a_maximum(void **state)
{
	struct result *a = run(1, 1, 1, 1, 0), *b = run(1, 1, 1, 1, 0);
	struct vastar_error err;

	(void)state;
	a->facts.held = (struct held){.throttled = 0.6, .stolen = NAN, .run_delay = NAN};
	b->facts.held = (struct held){.throttled = 0.2, .stolen = 0.1, .run_delay = NAN};
	assert_int_equal(result_join(a, b, JOIN_AFTER, &err), 0);
	assert_float_equal(a->facts.held.throttled, 0.4, 1e-12);
	assert_float_equal(a->facts.held.stolen, 0.1, 1e-12);
	assert_true(isnan(a->facts.held.run_delay));
	assert_int_equal(result_join(a, b, JOIN_BESIDE, &err), 0);
	assert_float_equal(a->facts.held.throttled, 0.4, 1e-12);
	result_free(a);
	result_free(b);
}

static void counts_that_overflow_are_refused(void **state)
{
	struct result *a = run(1, 1, 1, 1, 0), *b = run(1, 1, 1, 1, 0);
	struct vastar_error err;

	(void)state;
	a->sum->bytes = b->sum->bytes = UINT64_MAX / 2 + 1;
	assert_int_equal(result_join(a, b, JOIN_AFTER, &err), -VASTAR_E_USAGE);
	result_free(a);
	result_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_of_consecutive_runs_add_up),
	    cmocka_unit_test(latencies_of_intervals_stay_with_them),
	    cmocka_unit_test(connections_and_workers_of_simultaneous_runs_add_up),
	    cmocka_unit_test(missing_connections_remain_missing),
	    cmocka_unit_test(first_verdict_that_is_not_ok_stands),
	    cmocka_unit_test(held_back_shares_are_a_mean_or_a_maximum),
	    cmocka_unit_test(counts_that_overflow_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
