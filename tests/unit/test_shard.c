/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "stats/shard.h"

static const struct exchange_times times = {
    .due_ns = 500, .sent_ns = 1000, .written_ns = 1010, .first_ns = 1500, .last_ns = 1700};

static void a_response_is_counted_once_and_its_phases_add_up(void **state)
{
	struct shard *shard = shard_new();

	(void)state;
	assert_non_null(shard);
	shard_response(shard, &times, times.sent_ns, 200, 13, false);
	assert_int_equal(shard->responses, 1);
	assert_int_equal(shard->good, 1);
	assert_int_equal(shard->bytes, 13);
	assert_int_equal(shard->status[200], 1);
	assert_int_equal(shard->latency.min_ns, 700);
	assert_int_equal(shard->phases[PHASE_REQ_WRITE].sum_ns + shard->phases[PHASE_RESP_WAIT].sum_ns +
			     shard->phases[PHASE_RESP_READ].sum_ns,
			 700);
	assert_int_equal(shard->responses_late, 0);
	shard_free(shard);
}

static void a_late_5xx_is_neither_good_nor_in_time(void **state)
{
	struct shard *shard = shard_new();

	(void)state;
	shard_response(shard, &times, times.due_ns, 503, 7, true);
	assert_int_equal(shard->responses, 1);
	assert_int_equal(shard->responses_late, 1);
	assert_int_equal(shard->good, 0);
	assert_int_equal(shard->good_late, 0);
	assert_int_equal(shard->bytes_late, 7);
	assert_int_equal(shard->latency.max_ns, 1200); /* from the scheduled instant */
	shard_free(shard);
}

static void errors_keep_one_example_for_each_kind_and_code(void **state)
{
	struct shard *shard = shard_new();

	(void)state;
	shard_error(shard, ERROR_CONNECT, 111, 1000, "connection refused");
	shard_error(shard, ERROR_CONNECT, 111, 3000, "connection refused, again");
	shard_error(shard, ERROR_CONNECT, 113, 2000, "no route to host");
	shard_error(shard, ERROR_RESET, 111, 500, "reset");
	assert_int_equal(shard->errors[ERROR_CONNECT], 3);
	assert_int_equal(shard->errors[ERROR_RESET], 1);
	assert_int_equal(shard->example_count, 3);
	assert_string_equal(shard->examples[0].text, "connection refused");
	assert_int_equal(shard->examples[0].count, 2);
	assert_int_equal(shard->error_age[ERROR_CONNECT].max_ns, 3000);
	assert_int_equal(shard->error_age[ERROR_CONNECT].count, 3);
	assert_int_equal(shard->latency.count, 0);
	shard_free(shard);
}

static void examples_are_printable_and_cut_to_fit(void **state)
{
	struct shard *shard = shard_new();
	char longer[1000];

	(void)state;
	shard_error(shard, ERROR_PROTOCOL, 1, 1, "bad \x1b[31m\r\n\xc3\xa4 end");
	assert_string_equal(shard->examples[0].text, "bad ?[31m???? end");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	shard_error(shard, ERROR_PROTOCOL, 2, 1, longer);
	assert_int_equal(strlen(shard->examples[1].text), sizeof(shard->examples[1].text) - 1);
	shard_free(shard);
}

static void examples_beyond_the_capacity_are_still_counted(void **state)
{
	struct shard *shard = shard_new();

	(void)state;
	for (int code = 0; code < 100; code++)
		shard_error(shard, ERROR_LOCAL, code, 1, "text");
	assert_int_equal(shard->example_count, SHARD_EXAMPLES);
	assert_int_equal(shard->errors[ERROR_LOCAL], 100);
	shard_free(shard);
}

static void merging_adds_up_everything(void **state)
{
	struct shard *sum = shard_new(), *a = shard_new(), *b = shard_new();

	(void)state;
	shard_response(a, &times, times.sent_ns, 200, 10, false);
	shard_response(b, &times, times.sent_ns, 404, 20, true);
	shard_error(a, ERROR_TIMEOUT, 0, 5000, "no response within 1 s");
	shard_error(b, ERROR_TIMEOUT, 0, 9000, "no response within 1 s");
	shard_error(b, ERROR_RESET, 104, 100, "reset");
	a->drain_aborted = 1;
	b->drain_aborted = 2;
	a->retried = 3;
	b->stray = 4;
	a->oddities[ODD_RECONNECT] = 5;
	b->oddities[ODD_RECONNECT] = 6;
	a->last_response_ns = 10;
	b->last_response_ns = 20;
	span_record(&b->phases[PHASE_CONNECT], 77);
	hist_record(&a->send_lateness, 9);
	hist_record(&b->aborted_age, 99);
	shard_merge(sum, a);
	shard_merge(sum, b);
	assert_int_equal(sum->responses, 2);
	assert_int_equal(sum->responses_late, 1);
	assert_int_equal(sum->good, 1);
	assert_int_equal(sum->bytes, 30);
	assert_int_equal(sum->bytes_late, 20);
	assert_int_equal(sum->status[200], 1);
	assert_int_equal(sum->status[404], 1);
	assert_int_equal(sum->errors[ERROR_TIMEOUT], 2);
	assert_int_equal(sum->error_age[ERROR_TIMEOUT].count, 2);
	assert_int_equal(sum->drain_aborted, 3);
	assert_int_equal(sum->retried, 3);
	assert_int_equal(sum->stray, 4);
	assert_int_equal(sum->oddities[ODD_RECONNECT], 11);
	assert_int_equal(sum->last_response_ns, 20);
	assert_int_equal(sum->phases[PHASE_CONNECT].count, 1);
	assert_int_equal(sum->phases[PHASE_CONNECT].min_ns, 77);
	assert_int_equal(sum->phases[PHASE_RESP_WAIT].count, 2);
	assert_int_equal(sum->phases[PHASE_RESP_WAIT].max_ns, 490);
	assert_int_equal(sum->latency.count, 2);
	assert_int_equal(sum->send_lateness.count, 1);
	assert_int_equal(sum->aborted_age.count, 1);
	assert_int_equal(sum->example_count, 2);
	assert_int_equal(sum->examples[0].count, 2);
	shard_free(sum);
	shard_free(a);
	shard_free(b);
}

static void every_enumerator_has_a_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ERROR_KINDS; i++)
		assert_non_null(error_kind_names[i]);
	for (unsigned i = 0; i < PHASES; i++)
		assert_non_null(phase_names[i]);
	for (unsigned i = 0; i < ODDITIES; i++)
		assert_non_null(oddity_names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_response_is_counted_once_and_its_phases_add_up),
	    cmocka_unit_test(a_late_5xx_is_neither_good_nor_in_time),
	    cmocka_unit_test(errors_keep_one_example_for_each_kind_and_code),
	    cmocka_unit_test(examples_are_printable_and_cut_to_fit),
	    cmocka_unit_test(examples_beyond_the_capacity_are_still_counted),
	    cmocka_unit_test(merging_adds_up_everything),
	    cmocka_unit_test(every_enumerator_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
