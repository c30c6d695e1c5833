/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "serve/log.h"

static struct serve_log opened(uint64_t capacity)
{
	struct serve_log log;

	assert_true(serve_log_init(&log, capacity, 4));
	serve_log_accepted(&log, 0, 1000);
	serve_log_accepted(&log, 1, 1001);
	return log;
}

static void responses_belong_to_the_oldest_requests_of_their_connection(void **state)
{
	struct serve_log log = opened(10);

	(void)state;
	serve_log_request(&log, 0, true, 10);
	serve_log_request(&log, 1, true, 20);
	serve_log_request(&log, 0, true, 30);
	serve_log_request(&log, 0, true, 40);
	serve_log_drawn(&log, 0, 7);
	serve_log_responded(&log, 0, 2, 50);
	serve_log_drawn(&log, 0, 9);
	assert_int_equal(log.records[0].response_ns, 50);
	assert_int_equal(log.records[0].drawn_ns, 7);
	assert_int_equal(log.records[1].response_ns, 0);
	assert_int_equal(log.records[2].response_ns, 50);
	assert_false(log.records[2].drawn);
	assert_int_equal(log.records[3].response_ns, 0);
	assert_int_equal(log.records[3].drawn_ns, 9);
	assert_int_equal(log.records[3].ordinal, 3);
	assert_int_equal(log.records[3].port, 1000);
	assert_int_equal(log.records[1].port, 1001);
	serve_log_deinit(&log);
}

static void a_request_without_a_row_counts_on_its_connection(void **state)
{
	struct serve_log log = opened(10);

	(void)state;
	serve_log_request(&log, 0, false, 10);
	serve_log_request(&log, 0, true, 20);
	assert_int_equal(log.count, 1);
	assert_int_equal(log.records[0].ordinal, 2);
	serve_log_deinit(&log);
}

static void a_full_log_counts_the_rest_and_keeps_its_order(void **state)
{
	struct serve_log log = opened(2);

	(void)state;
	for (uint64_t i = 1; i <= 4; i++)
		serve_log_request(&log, 0, true, i);
	serve_log_responded(&log, 0, 1, 100);
	serve_log_responded(&log, 0, 1, 200);
	serve_log_drawn(&log, 0, 5);
	serve_log_responded(&log, 0, 2, 300);
	assert_int_equal(log.count, 2);
	assert_int_equal(log.lost, 2);
	assert_int_equal(log.records[0].response_ns, 100);
	assert_int_equal(log.records[1].response_ns, 200);
	assert_false(log.records[1].drawn);
	serve_log_deinit(&log);
}

static void a_new_connection_in_the_same_slot_starts_from_zero(void **state)
{
	struct serve_log log = opened(10);

	(void)state;
	serve_log_request(&log, 0, true, 10);
	serve_log_accepted(&log, 0, 2000);
	serve_log_request(&log, 0, true, 20);
	serve_log_responded(&log, 0, 1, 30);
	assert_int_equal(log.records[0].response_ns, 0);
	assert_int_equal(log.records[1].response_ns, 30);
	assert_int_equal(log.records[1].ordinal, 1);
	assert_int_equal(log.records[1].port, 2000);
	serve_log_deinit(&log);
}

static void rows_are_exact(void **state)
{
	struct serve_log log = opened(10);
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	assert_non_null(out);
	serve_log_request(&log, 0, true, 3000000001);
	serve_log_drawn(&log, 0, 0);
	serve_log_responded(&log, 0, 1, 3000000020);
	serve_log_request(&log, 1, true, 4123456789);
	serve_log_write_head(out);
	serve_log_write(&log, 2, 1000000000, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "client_port,ordinal,worker,request_s,drawn_s,elapsed_s\n"
				  "1000,1,2,2.000000001,0.000000000,0.000000019\n"
				  "1001,1,2,3.123456789,,\n");
	free(text);
	serve_log_deinit(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(responses_belong_to_the_oldest_requests_of_their_connection),
	    cmocka_unit_test(a_request_without_a_row_counts_on_its_connection),
	    cmocka_unit_test(a_full_log_counts_the_rest_and_keeps_its_order),
	    cmocka_unit_test(a_new_connection_in_the_same_slot_starts_from_zero),
	    cmocka_unit_test(rows_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
