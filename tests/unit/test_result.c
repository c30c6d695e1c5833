/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stats/result.h"

enum { MS = 1000000 };

/* A shard with `count` responses that take `ns` each. */
static struct shard *shard_of(unsigned count, uint64_t ns, unsigned status)
{
	struct shard *shard = shard_new();
	struct exchange_times times = {
	    .due_ns = 1000, .sent_ns = 1000, .written_ns = 1000, .first_ns = 1000 + ns, .last_ns = 1000 + ns};

	assert_non_null(shard);
	for (unsigned i = 0; i < count; i++)
		shard_response(shard, &times, times.sent_ns, status, 10, false);
	return shard;
}

static struct run_facts facts_of(unsigned workers, double busy)
{
	struct run_facts facts = {
	    .total_ns = 2000ull * MS,
	    .connections = 50,
	    .connections_open = 50,
	    .workers = workers,
	    .cpu_count = 8,
	    .usable_cpus = 4,
	    .cpu_busy = calloc(workers, sizeof(double)),
	};

	assert_non_null(facts.cpu_busy);
	for (unsigned i = 0; i < workers; i++)
		facts.cpu_busy[i] = i + 1 == workers ? busy : busy / 2;
	return facts;
}

static struct result *merge(struct shard *shard, struct run_facts facts)
{
	struct result *result = result_new(&shard, 1, &facts);

	assert_non_null(result);
	shard_free(shard);
	return result;
}

static void requests_are_responses_errors_and_aborted(void **state)
{
	struct shard *shards[2] = {shard_of(90, MS, 200), shard_of(10, MS, 500)};
	struct run_facts facts = facts_of(2, 0.1);
	struct result *result;

	(void)state;
	shard_error(shards[0], ERROR_TIMEOUT, 0, MS, "t");
	shard_error(shards[1], ERROR_RESET, 0, MS, "r");
	shards[1]->drain_aborted = 3;
	result = result_new(shards, 2, &facts);
	assert_int_equal(result_requests(result), 105);
	assert_int_equal(result_errors(result), 2);
	assert_int_equal(result_non_2xx(result), 10);
	assert_true(result_rps(result) == 50);
	assert_true(result_goodput_rps(result) == 45);
	assert_int_equal(result->verdict, VERDICT_OK);
	assert_string_equal(result->verdict_reason, "");
	result_free(result);
	shard_free(shards[0]);
	shard_free(shards[1]);
}

static void fast_errors_have_separate_latencies(void **state)
{
	struct shard *shards[3] = {shard_of(90, 40 * MS, 200), shard_of(10, MS, 503),
				   shard_of(5, 2 * MS, 404)};
	struct hist *scratch = calloc(1, sizeof(*scratch));
	struct run_facts facts = facts_of(1, 0.1);
	struct result *result;
	const struct hist *latency;

	(void)state;
	assert_non_null(scratch);
	result = result_new(shards, 3, &facts);
	assert_true(result_classes_differ(result));
	latency = result_class_latency(result, 2, scratch);
	assert_non_null(latency);
	assert_int_equal(latency->count, 90);
	assert_in_range(hist_percentile(latency, 1), 40 * MS - 40000, 40 * MS + 40000);
	latency = result_class_latency(result, 5, scratch);
	assert_int_equal(latency->count, 10);
	assert_int_equal(latency->max_ns, MS);
	assert_int_equal(result_class_latency(result, 4, scratch)->count, 5);
	assert_null(result_class_latency(result, 3, scratch));
	result_free(result);
	for (unsigned i = 0; i < 3; i++)
		shard_free(shards[i]);
	free(scratch);
}

static void one_class_does_not_differ(void **state)
{
	static const unsigned statuses[] = {200, 304, 404, 503};
	struct hist *scratch = calloc(1, sizeof(*scratch));

	(void)state;
	assert_non_null(scratch);
	for (unsigned i = 0; i < 4; i++) {
		struct result *result = merge(shard_of(3, MS, statuses[i]), facts_of(1, 0.1));

		assert_false(result_classes_differ(result));
		assert_int_equal(result_class_latency(result, 2 + i, scratch)->count, 3);
		if (i)
			assert_null(result_class_latency(result, 2, scratch));
		result_free(result);
	}
	free(scratch);
}

static void responses_after_the_deadline_are_no_throughput(void **state)
{
	struct shard *shard = shard_of(100, MS, 200);
	struct result *result;

	(void)state;
	shard->responses_late = 20;
	shard->good_late = 20;
	result = merge(shard, facts_of(1, 0));
	assert_true(result_rps(result) == 40);
	assert_true(result_goodput_rps(result) == 40);
	assert_int_equal(result_requests(result), 100);
	result_free(result);
}

static void a_run_of_length_zero_has_no_rate(void **state)
{
	struct run_facts facts = facts_of(1, 0);
	struct result *result;

	(void)state;
	facts.total_ns = 0;
	result = merge(shard_new(), facts);
	assert_true(result_rps(result) == 0);
	assert_int_equal(result_percentile_of_all(result, 99), 0);
	result_free(result);
}

static void failures_rank_above_every_response(void **state)
{
	struct shard *shard = shard_of(95, MS, 200);
	struct result *result;

	(void)state;
	for (int i = 0; i < 4; i++)
		shard_error(shard, ERROR_TIMEOUT, 0, 1, "a fast failure is still worse than any response");
	shard->drain_aborted = 1;
	result = merge(shard, facts_of(1, 0));
	assert_int_equal(result_percentile_of_all(result, 95), MS);
	assert_true(result_percentile_of_all(result, 95.1) == UINT64_MAX);
	assert_true(result_percentile_of_all(result, 99) == UINT64_MAX);
	result_free(result);
}

static void a_percentile_with_fewer_than_ten_responses_above_it_is_weak(void **state)
{
	struct result *result = merge(shard_of(1000, MS, 200), facts_of(1, 0));

	(void)state;
	assert_false(result_percentile_weak(result, 50));
	assert_false(result_percentile_weak(result, 99));
	assert_true(result_percentile_weak(result, 99.9));
	result_free(result);
	result = merge(shard_of(999, MS, 200), facts_of(1, 0));
	assert_true(result_percentile_weak(result, 99));
	result_free(result);
}

static void a_worker_above_80_percent_limits_the_client(void **state)
{
	struct result *result = merge(shard_of(100, MS, 200), facts_of(2, 0.93));

	(void)state;
	assert_int_equal(result->verdict, VERDICT_CLIENT_LIMITED);
	assert_non_null(strstr(result->verdict_reason, "worker 1 was busy 93 % of the time"));
	assert_non_null(strstr(result->verdict_reason, "add workers with -w"));
	result_free(result);
	result = merge(shard_of(100, MS, 200), facts_of(2, 0.80));
	assert_int_equal(result->verdict, VERDICT_OK);
	result_free(result);
}

static void handshakes_that_take_most_of_the_time_are_named(void **state)
{
	static const struct {
		uint64_t cpu_ms;
		bool named;
	} cases[] = {{0, false}, {1300, false}, {1500, true}};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct shard *shard = shard_of(100, MS, 200);
		struct result *result;

		/* The workers were busy for 0.93 and 0.465 of 2 s. */
		shard->handshakes.cpu_ns = cases[i].cpu_ms * MS;
		result = merge(shard, facts_of(2, 0.93));
		assert_int_equal(result->verdict, VERDICT_CLIENT_LIMITED);
		assert_int_equal(!!strstr(result->verdict_reason, "with TLS handshakes"), cases[i].named);
		assert_non_null(strstr(result->verdict_reason, "add workers with -w"));
		result_free(result);
	}
}

/* A closed loop with responses of 1 ms, or an open loop whose sends were `late_ns` late. The worker was busy
 * for 30 % of the time. */
static struct result *held_back(struct held held, bool open_loop, uint64_t late_ns)
{
	struct run_facts facts = facts_of(1, 0.3);
	struct shard *shard = shard_of(1000, MS, 200);

	facts.held = held;
	facts.open_loop = open_loop;
	for (unsigned i = 0; open_loop && i < 1000; i++)
		hist_record(&shard->send_lateness, late_ns);
	return merge(shard, facts);
}

static void assert_held(struct held held, enum held_by by, const char *words)
{
	struct result *result = held_back(held, false, 0);

	assert_int_equal(result_held_by(result), by);
	assert_int_equal(result->verdict, by == HELD_NOT ? VERDICT_OK : VERDICT_CLIENT_LIMITED);
	assert_non_null(strstr(result->verdict_reason, words));
	result_free(result);
}

static void a_taken_processor_limits_the_client(void **state)
{
	(void)state;
	assert_held(
	    (struct held){.quota = 0.3, .throttled = 0.68}, HELD_THROTTLED,
	    "the control group allows 0.3 processors and held vastar back 68 % of the time: raise its CPU "
	    "limit");
	assert_held((struct held){.throttled = 0.06, .stolen = 0.12}, HELD_STOLEN,
		    "the hypervisor gave this machine's processors to others 12 % of the time");
	assert_held((struct held){.quota = 2, .throttled = 0.05, .run_delay = NAN}, HELD_NOT, "");
	assert_held((struct held){.throttled = 0.03, .stolen = 0.03}, HELD_THROTTLED, "");
	assert_held((struct held){.throttled = NAN, .stolen = NAN, .run_delay = NAN, .wait_s = NAN}, HELD_NOT,
		    "");
}

/* A tenth of 1 ms is tolerable. */
static void waits_count_by_their_length(void **state)
{
	(void)state;
	assert_held((struct held){.run_delay = 0.4, .wait_s = 0.00011, .server_here = true}, HELD_RUN_DELAY,
		    "had to wait for a processor 40 % of the time, as other programs, or the server");
	assert_held((struct held){.run_delay = 0.5, .wait_s = 0.00009, .server_here = true}, HELD_NOT, "");
	assert_held((struct held){.run_delay = 0.05, .wait_s = 0.1}, HELD_NOT, "");
	assert_held((struct held){.throttled = 0.1, .run_delay = 0.4, .wait_s = 0.1}, HELD_RUN_DELAY,
		    "taskset");
	/* The server is elsewhere: 30 % of the remaining 35 % is busy, 30 % of 50 % is not. */
	assert_held((struct held){.run_delay = 0.65, .wait_s = 0}, HELD_RUN_DELAY,
		    "other programs kept it busy");
	assert_held((struct held){.run_delay = 0.5, .wait_s = 0}, HELD_NOT, "");
}

static void workers_that_share_a_processor_hold_each_other_back(void **state)
{
	struct run_facts facts = facts_of(8, 0.3);
	struct result *result;

	(void)state;
	facts.held = (struct held){.run_delay = 0.5, .wait_s = 1};
	result = merge(shard_of(100, MS, 200), facts);
	assert_non_null(strstr(result->verdict_reason, "more workers than processors: use fewer (-w)"));
	result_free(result);
}

static void waits_in_a_short_run_say_nothing(void **state)
{
	struct run_facts facts = facts_of(1, 0.3);
	struct result *result;

	(void)state;
	facts.total_ns = 90 * MS;
	facts.held = (struct held){.run_delay = 0.9, .wait_s = 1};
	result = merge(shard_of(1, MS, 200), facts);
	assert_int_equal(result->verdict, VERDICT_OK);
	result_free(result);
}

static void a_worker_for_all_that_the_group_allows_asks_for_more(void **state)
{
	struct run_facts facts = facts_of(2, 0.93);
	struct result *result;

	(void)state;
	facts.usable_cpus = 2;
	facts.held.quota = 1.95;
	result = merge(shard_of(100, MS, 200), facts);
	assert_non_null(strstr(result->verdict_reason, "raise its CPU limit"));
	result_free(result);
}

static void an_open_loop_need_not_be_late_to_be_held_back(void **state)
{
	static const struct {
		struct held held;
		uint64_t late_ns;
		enum verdict verdict;
	} cases[] = {
	    {{.quota = 0.3, .throttled = 0.4}, 90000, VERDICT_CLIENT_LIMITED},
	    {{.run_delay = 0.4, .wait_s = 0.00009, .server_here = true}, 90000, VERDICT_OK},
	    {{.run_delay = 0.4, .wait_s = 0.00009, .server_here = true}, 110000, VERDICT_CLIENT_LIMITED},
	    {{.run_delay = 0.4, .wait_s = 0.00011, .server_here = true}, 90000, VERDICT_CLIENT_LIMITED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct result *result = held_back(cases[i].held, true, cases[i].late_ns);

		assert_int_equal(result->verdict, cases[i].verdict);
		assert_int_equal(result_held_by(result) != HELD_NOT,
				 cases[i].verdict == VERDICT_CLIENT_LIMITED);
		result_free(result);
	}
}

static void busy_is_a_share_of_the_remaining_time(void **state)
{
	struct run_facts facts = facts_of(1, 0.78);
	struct result *result;

	(void)state;
	facts.held = (struct held){.stolen = 0.04};
	result = merge(shard_of(100, MS, 200), facts);
	assert_int_equal(result->verdict, VERDICT_CLIENT_LIMITED);
	assert_non_null(strstr(result->verdict_reason, "worker 0 was busy 81 % of the time"));
	result_free(result);
}

static void no_worker_is_advised_if_every_processor_has_one(void **state)
{
	struct result *result = merge(shard_of(100, MS, 200), facts_of(4, 0.93));

	(void)state;
	assert_int_equal(result->verdict, VERDICT_CLIENT_LIMITED);
	assert_null(strstr(result->verdict_reason, "-w"));
	assert_non_null(strstr(result->verdict_reason, "this machine is the limit"));
	result_free(result);
}

static void no_worker_is_advised_if_every_connection_has_one(void **state)
{
	struct run_facts facts = facts_of(2, 0.93);
	struct result *result;

	(void)state;
	facts.connections = 2;
	result = merge(shard_of(100, MS, 200), facts);
	assert_null(strstr(result->verdict_reason, "-w"));
	assert_non_null(strstr(result->verdict_reason, "raise -c"));
	result_free(result);
}

/* 1000 sends, 2 % of them late. */
static struct result *with_lateness(uint64_t latency_ns, uint64_t late_ns)
{
	struct shard *shard = shard_of(1000, latency_ns, 200);

	hist_record_n(&shard->send_lateness, 0, 980);
	hist_record_n(&shard->send_lateness, late_ns, 20);
	return merge(shard, facts_of(1, 0.1));
}

static void late_sends_limit_the_client(void **state)
{
	static const struct {
		uint64_t latency_ns, late_ns;
		enum verdict verdict;
	} cases[] = {
	    {100000, 49000, VERDICT_OK}, /* the floor of 50 us */
	    {100000, 60000, VERDICT_CLIENT_LIMITED},
	    {1000000, 90000, VERDICT_OK}, /* a tenth of the median */
	    {1000000, 110000, VERDICT_CLIENT_LIMITED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct result *result = with_lateness(cases[i].latency_ns, cases[i].late_ns);

		assert_int_equal(result->verdict, cases[i].verdict);
		assert_int_equal(!*result->verdict_reason, cases[i].verdict == VERDICT_OK);
		result_free(result);
	}
}

static void a_few_late_sends_do_not_limit_the_client(void **state)
{
	static const struct {
		uint64_t late;
		enum verdict verdict;
	} cases[] = {{1, VERDICT_OK}, {9, VERDICT_OK}, {12, VERDICT_CLIENT_LIMITED}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct shard *shard = shard_of(60, 100000, 200);
		struct result *result;

		hist_record_n(&shard->send_lateness, 1000, 60 - cases[i].late);
		hist_record_n(&shard->send_lateness, 861000, cases[i].late);
		result = merge(shard, facts_of(1, 0.1));
		assert_int_equal(result->verdict, cases[i].verdict);
		result_free(result);
	}
}

static void a_void_run_says_so_whatever_limited_it(void **state)
{
	struct shard *shard = shard_of(100, MS, 200);
	struct run_facts facts = facts_of(4, 0.93);
	struct result *result;

	(void)state;
	shard->unsent = 900;
	result = merge(shard, facts);
	assert_int_equal(result->verdict, VERDICT_CLIENT_LIMITED);
	assert_true(result->is_void);
	assert_non_null(strstr(result->verdict_reason, "worker 3 was busy 93 % of the time"));
	assert_non_null(strstr(result->verdict_reason,
			       "10.0 % of the due requests were sent, so the latencies say nothing"));
	assert_true(strlen(result->verdict_reason) + 1 < sizeof(result->verdict_reason));
	result_free(result);
}

static void reasons_are_complete_sentences_that_fit(void **state)
{
	struct run_facts facts = facts_of(4, 0.999);
	struct result *result = merge(shard_of(1, MS, 200), facts);

	(void)state;
	assert_true(strlen(result->verdict_reason) + 1 < sizeof(result->verdict_reason));
	result_free(result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_are_responses_errors_and_aborted),
	    cmocka_unit_test(fast_errors_have_separate_latencies),
	    cmocka_unit_test(one_class_does_not_differ),
	    cmocka_unit_test(responses_after_the_deadline_are_no_throughput),
	    cmocka_unit_test(a_run_of_length_zero_has_no_rate),
	    cmocka_unit_test(failures_rank_above_every_response),
	    cmocka_unit_test(a_percentile_with_fewer_than_ten_responses_above_it_is_weak),
	    cmocka_unit_test(a_worker_above_80_percent_limits_the_client),
	    cmocka_unit_test(no_worker_is_advised_if_every_processor_has_one),
	    cmocka_unit_test(no_worker_is_advised_if_every_connection_has_one),
	    cmocka_unit_test(a_taken_processor_limits_the_client),
	    cmocka_unit_test(waits_count_by_their_length),
	    cmocka_unit_test(workers_that_share_a_processor_hold_each_other_back),
	    cmocka_unit_test(waits_in_a_short_run_say_nothing),
	    cmocka_unit_test(a_worker_for_all_that_the_group_allows_asks_for_more),
	    cmocka_unit_test(an_open_loop_need_not_be_late_to_be_held_back),
	    cmocka_unit_test(handshakes_that_take_most_of_the_time_are_named),
	    cmocka_unit_test(busy_is_a_share_of_the_remaining_time),
	    cmocka_unit_test(late_sends_limit_the_client),
	    cmocka_unit_test(a_few_late_sends_do_not_limit_the_client),
	    cmocka_unit_test(a_void_run_says_so_whatever_limited_it),
	    cmocka_unit_test(reasons_are_complete_sentences_that_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
