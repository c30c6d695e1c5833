/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "report/slo.h"

enum { US = 1000, MS = 1000000 };

static const struct slo_targets no_targets;

static struct result *result_of(unsigned count, unsigned timeouts)
{
	struct shard *shard = shard_new();
	struct run_facts facts = {.total_ns = MS, .connections = 1, .cpu_count = 1};
	struct result *result;

	for (unsigned i = 1; i <= count; i++) {
		struct exchange_times times = {
		    .due_ns = 1, .sent_ns = 1, .written_ns = 1, .first_ns = 1 + i, .last_ns = 1 + i};

		shard_response(shard, &times, 1, 200, 0, false);
	}
	for (unsigned i = 0; i < timeouts; i++)
		shard_error(shard, ERROR_TIMEOUT, 0, 1, "timeout");
	result = result_new(&shard, 1, &facts);
	assert_non_null(result);
	shard_free(shard);
	return result;
}

static void assert_limits(const struct slo *slo, const uint64_t limits[SLO_LEVELS])
{
	for (unsigned i = 0; i < SLO_LEVELS; i++)
		assert_int_equal(slo->levels[i].limit_ns, limits[i]);
}

static void levels_follow_the_percentiles_of_the_run(void **state)
{
	static const uint64_t limits[SLO_LEVELS] = {125, 250,  500,  750,  900,	      950,
						    990, 1485, 1980, 2970, UINT64_MAX};
	static const uint8_t colors[SLO_LEVELS] = {22, 28, 34, 40, 82, 154, 226, 214, 202, 160, 88};
	struct result *result = result_of(1000, 0); /* 1, 2, ... 1000 ns */
	struct slo slo;

	(void)state;
	slo_levels(&slo, result, &no_targets);
	assert_false(slo.absolute);
	assert_limits(&slo, limits);
	for (unsigned i = 0; i < SLO_LEVELS; i++)
		assert_int_equal(slo.levels[i].color, colors[i]);
	assert_string_equal(slo.levels[0].name, "elite");
	assert_string_equal(slo.levels[7].name, "very slow");
	assert_string_equal(slo.levels[10].name, "violation");
	result_free(result);
}

static void a_value_belongs_to_the_first_level_whose_limit_it_does_not_exceed(void **state)
{
	struct result *result = result_of(1000, 0);
	struct slo slo;

	(void)state;
	slo_levels(&slo, result, &no_targets);
	assert_string_equal(slo_level_of(&slo, 0)->name, "elite");
	assert_string_equal(slo_level_of(&slo, 125)->name, "elite");
	assert_string_equal(slo_level_of(&slo, 126)->name, "excellent");
	assert_string_equal(slo_level_of(&slo, 500)->name, "good");
	assert_string_equal(slo_level_of(&slo, 991)->name, "very slow");
	assert_string_equal(slo_level_of(&slo, 2971)->name, "violation");
	assert_string_equal(slo_level_of(&slo, UINT64_MAX)->name, "violation");
	result_free(result);
}

static void targets_stand_for_the_percentiles_of_their_names(void **state)
{
	/* p25 = p50 / 2; p75 and p90 between 20 and 100 ms in equal ratios of 5^(1/3) */
	const uint64_t limits[SLO_LEVELS] = {
	    5ull * MS,
	    10ull * MS,
	    20ull * MS,
	    (uint64_t)llround(20e6 * cbrt(5)),
	    (uint64_t)llround(20e6 * cbrt(25)),
	    100ull * MS,
	    250ull * MS,
	    375ull * MS,
	    500ull * MS,
	    750ull * MS,
	    UINT64_MAX,
	};
	const struct slo_targets targets = {
	    .count = 3,
	    .targets = {{"p50", 50, 20ull * MS}, {"p95", 95, 100ull * MS}, {"p99", 99, 250ull * MS}}};
	struct result *result = result_of(1000, 0);
	struct slo slo;

	(void)state;
	slo_levels(&slo, result, &targets);
	assert_true(slo.absolute);
	for (unsigned i = 0; i < SLO_LEVELS; i++)
		assert_true(slo.levels[i].limit_ns - limits[i] + 1 <= 2); /* equal up to rounding */
	result_free(result);
}

static void one_target_is_enough_for_levels_that_rise(void **state)
{
	static const struct slo_target single[] = {
	    {"p25", 25, 10ull * MS}, {"p50", 50, 10ull * MS},	  {"p90", 90, 10ull * MS},
	    {"p99", 99, 10ull * MS}, {"p99.9", 99.9, 10ull * MS}, {"p99.99", 99.99, 10ull * MS},
	};
	struct result *result = result_of(0, 0);

	(void)state;
	for (size_t t = 0; t < sizeof(single) / sizeof(*single); t++) {
		struct slo_targets targets = {.count = 1, .targets = {single[t]}};
		struct slo slo;

		slo_levels(&slo, result, &targets);
		assert_true(slo.levels[0].limit_ns > 0);
		for (unsigned i = 1; i < SLO_LEVELS; i++)
			assert_true(slo.levels[i].limit_ns > slo.levels[i - 1].limit_ns);
	}
	result_free(result);
}

static void an_explicit_p25_is_used(void **state)
{
	const struct slo_targets targets = {.count = 2,
					    .targets = {{"p25", 25, 3ull * MS}, {"p50", 50, 20ull * MS}}};
	struct result *result = result_of(1, 0);
	struct slo slo;

	(void)state;
	slo_levels(&slo, result, &targets);
	assert_int_equal(slo.levels[0].limit_ns, 1500 * US);
	assert_int_equal(slo.levels[1].limit_ns, 3 * MS);
	result_free(result);
}

static void a_target_is_met_up_to_and_including_its_limit(void **state)
{
	struct result *result = result_of(100, 0);
	struct slo_target target = {"p99", 99, 99};

	(void)state;
	assert_true(slo_target_met(&target, result));
	target.limit_ns = 98;
	assert_false(slo_target_met(&target, result));
	result_free(result);
}

static void five_percent_timeouts_fail_any_p99_target(void **state)
{
	struct result *result = result_of(95, 5);
	struct slo_targets targets = {.count = 2,
				      .targets = {{"p50", 50, 1000 * MS}, {"p99", 99, 3600000ull * MS}}};

	(void)state;
	assert_true(slo_target_met(&targets.targets[0], result));
	assert_false(slo_target_met(&targets.targets[1], result));
	assert_false(slo_all_met(&targets, result));
	targets.count = 1;
	assert_true(slo_all_met(&targets, result));
	result_free(result);
}

static void without_requests_no_target_is_met(void **state)
{
	struct result *result = result_of(0, 0);
	struct slo_targets targets = {.count = 1, .targets = {{"p50", 50, 1000 * MS}}};

	(void)state;
	assert_false(slo_all_met(&targets, result));
	assert_true(slo_all_met(&no_targets, result));
	result_free(result);
}

static void rates_are_judged_by_all_requests(void **state)
{
	static const struct {
		struct slo_rate errors, rps;
		bool met;
	} cases[] = {
	    {{.set = true, .limit = 0.1}, {0}, true}, /* 10 of 100 have failed */
	    {{.set = true, .limit = 0.1, .strict = true}, {0}, false},
	    {{.set = true, .limit = 0.0999}, {0}, false},
	    {{0}, {.set = true, .limit = 90000}, true}, /* 90 responses in a millisecond */
	    {{0}, {.set = true, .limit = 90000, .strict = true}, false},
	    {{0}, {.set = true, .limit = 90001}, false},
	};
	struct result *result = result_of(90, 10), *nothing = result_of(0, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct slo_targets targets = {
		    .rates = {[SLO_RPS] = cases[i].rps, [SLO_ERRORS] = cases[i].errors}};
		struct slo_verdict verdicts[SLO_VERDICTS_MAX];

		assert_int_equal(slo_all_met(&targets, result), cases[i].met);
		assert_int_equal(slo_verdicts(&targets, nothing, verdicts), 1);
		assert_false(verdicts[0].met);
		assert_string_equal(verdicts[0].missing, "no request");
	}
	result_free(result);
	result_free(nothing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(levels_follow_the_percentiles_of_the_run),
	    cmocka_unit_test(a_value_belongs_to_the_first_level_whose_limit_it_does_not_exceed),
	    cmocka_unit_test(targets_stand_for_the_percentiles_of_their_names),
	    cmocka_unit_test(one_target_is_enough_for_levels_that_rise),
	    cmocka_unit_test(an_explicit_p25_is_used),
	    cmocka_unit_test(a_target_is_met_up_to_and_including_its_limit),
	    cmocka_unit_test(five_percent_timeouts_fail_any_p99_target),
	    cmocka_unit_test(without_requests_no_target_is_met),
	    cmocka_unit_test(rates_are_judged_by_all_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
