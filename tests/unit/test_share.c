/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/plan.h"

static struct share part(uint32_t index, uint32_t count)
{
	return (struct share){.index = index, .count = count};
}

static void portions_add_up(void **state)
{
	(void)state;
	for (uint32_t count = 1; count <= 40; count++)
		for (uint64_t whole = 0; whole < 200; whole++) {
			uint64_t sum = 0;

			for (uint32_t i = 0; i < count; i++) {
				struct share share = part(i, count);
				uint64_t own = share_of(&share, whole);

				assert_int_equal(share_before(&share, whole), sum);
				assert_in_range(own, whole / count, whole / count + 1);
				sum += own;
			}
			assert_int_equal(sum, whole);
		}
}

static void a_thousand_in_three(void **state)
{
	struct share first = part(0, 3), second = part(1, 3), third = part(2, 3);

	(void)state;
	assert_int_equal(share_of(&first, 1000), 334);
	assert_int_equal(share_of(&second, 1000), 333);
	assert_int_equal(share_of(&third, 1000), 333);
	assert_int_equal(share_of(&third, UINT64_MAX), UINT64_MAX / 3);
}

static void parsed_shares(void **state)
{
	static const char *const wrong[] = {
	    "",	    "0/3",  "4/3",  "1/0",  "1",    "1/",      "/3",	"1/3x",
	    " 1/3", "1 /3", "-1/3", "+1/3", "1/-3", "1/65537", "1/3/5", "99999999999999999999/3"};
	struct share share;

	(void)state;
	assert_true(share_parse("2/3", &share));
	assert_int_equal(share.index, 1);
	assert_int_equal(share.count, 3);
	assert_true(share_parse("65536/65536", &share));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(share_parse(wrong[i], &share));
}

/* ---- plans ---- */

static struct vastar_plan *plan_of(struct vastar_settings *settings, uint32_t index, uint32_t count)
{
	struct vastar_plan *plan = NULL;
	struct vastar_error err;

	settings->url = "http://127.0.0.1:1/";
	settings->share_index = index + 1;
	settings->share_count = count;
	if (vastar_plan_new(settings, &plan, &err))
		fail_msg("%s", err.text);
	return plan;
}

/* The next instants of all workers of all parts, merged, are those of the whole. */
static void expect_union(const char *arrivals_name, const char *stages, const char *burst, uint32_t parts,
			 uint32_t workers)
{
	enum { MOST = 64, COUNT = 5000 };
	struct vastar_settings settings;
	struct vastar_plan *whole, *plans[MOST];
	struct arrivals all, readers[MOST];

	vastar_settings_init(&settings);
	settings.concurrency = 100;
	settings.rate = stages || burst ? 0 : 12345;
	settings.stages = stages;
	settings.burst = burst;
	settings.arrivals = arrivals_name;
	settings.seed = 4711;
	whole = plan_of(&settings, 0, 1);
	plan_arrivals(whole, 1000, 0, 1, &all);
	for (uint32_t i = 0; i < parts; i++) {
		plans[i] = plan_of(&settings, i, parts);
		for (uint32_t k = 0; k < workers; k++)
			plan_arrivals(plans[i], 1000, k, workers, &readers[i * workers + k]);
	}
	for (unsigned n = 0; n < COUNT && all.next_ns != UINT64_MAX; n++) {
		struct arrivals *next = &readers[0];

		for (uint32_t i = 1; i < parts * workers; i++)
			if (readers[i].next_ns < next->next_ns)
				next = &readers[i];
		assert_int_equal(next->next_ns, all.next_ns);
		arrivals_take(next);
		arrivals_take(&all);
	}
	for (uint32_t i = 0; i < parts; i++)
		vastar_plan_free(plans[i]);
	vastar_plan_free(whole);
}

static void parts_of_one_schedule(void **state)
{
	(void)state;
	for (uint32_t parts = 1; parts <= 7; parts += 3)
		for (uint32_t workers = 1; workers <= 3; workers++) {
			expect_union("poisson", NULL, NULL, parts, workers);
			expect_union("uniform", NULL, NULL, parts, workers);
			expect_union("constant", NULL, NULL, parts, workers);
			expect_union("poisson", "1k:500ms,0:1s,1k..5k:500ms", NULL, parts, workers);
			expect_union(NULL, NULL, "10:100ms", parts, workers);
		}
}

static void a_part_of_each_number(void **state)
{
	uint64_t connections = 0, requests = 0;
	double rate = 0, created = 0;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		struct vastar_settings settings;
		struct vastar_plan *plan;

		vastar_settings_init(&settings);
		settings.concurrency = 1000;
		settings.requests = 100001;
		settings.rate = 3000;
		settings.new_connections = 30;
		plan = plan_of(&settings, i, 3);
		assert_int_equal(plan->first_connection, connections);
		assert_int_equal(plan->connections, i ? 333 : 334);
		assert_int_equal(plan->whole.connections, 1000);
		assert_int_equal(plan->whole.requests, 100001);
		connections += plan->connections;
		requests += plan->requests;
		rate += plan->schedule.stages[0].from;
		created += plan->new_connections;
		vastar_plan_free(plan);
	}
	assert_int_equal(connections, 1000);
	assert_int_equal(requests, 100001);
	assert_float_equal(rate, 3000, 1e-6);
	assert_float_equal(created, 30, 1e-9);
}

/* Without -n, the default number is that of the whole. */
static void the_default_number_is_divided(void **state)
{
	uint64_t requests = 0;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		struct vastar_settings settings;
		struct vastar_plan *plan;

		vastar_settings_init(&settings);
		plan = plan_of(&settings, i, 3);
		requests += plan->requests;
		vastar_plan_free(plan);
	}
	assert_int_equal(requests, 200);
}

static void expect_refused(struct vastar_settings *settings, const char *word)
{
	struct vastar_plan *plan = NULL;
	struct vastar_error err;

	settings->url = "http://127.0.0.1:1/";
	assert_int_equal(vastar_plan_new(settings, &plan, &err), -VASTAR_E_USAGE);
	assert_non_null(strstr(err.text, word));
	assert_null(plan);
}

static void refused(void **state)
{
	struct vastar_settings settings;

	(void)state;
	vastar_settings_init(&settings);
	settings.share_index = 4;
	settings.share_count = 3;
	expect_refused(&settings, "no part 4 of 3");
	settings.share_index = 0;
	expect_refused(&settings, "no part 0 of 3");
	settings.share_index = settings.share_count = 51;
	expect_refused(&settings, "50 connections (-c) cannot be split into 51 parts");
	settings.concurrency = 100;
	settings.requests = 50;
	settings.concurrency = 50;
	expect_refused(&settings, "50 requests (-n) cannot be split into 51 parts");
	settings.requests = 0;
	settings.share_index = settings.share_count = 2;
	settings.until = "p99+-5%";
	expect_refused(&settings, "--until");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(portions_add_up),
	    cmocka_unit_test(a_thousand_in_three),
	    cmocka_unit_test(parsed_shares),
	    cmocka_unit_test(parts_of_one_schedule),
	    cmocka_unit_test(a_part_of_each_number),
	    cmocka_unit_test(the_default_number_is_divided),
	    cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
