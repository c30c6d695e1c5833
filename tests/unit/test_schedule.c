/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "plan/arrivals.h"

static void parse(struct schedule *schedule, const char *spec)
{
	struct vastar_error err = {0};

	assert_int_equal(schedule_parse(spec, "stages", schedule, &err), 0);
}

static void stages_are_parsed(void **state)
{
	struct schedule schedule;

	(void)state;
	parse(&schedule, "1k:10s,1k..5k:1m,0:500ms,60/m:2s");
	assert_int_equal(schedule.stage_count, 4);
	assert_int_equal(schedule.stages[1].start_ns, 10 * NS_PER_S);
	assert_int_equal(schedule.stages[1].length_ns, 60 * NS_PER_S);
	assert_true(schedule.stages[1].from == 1000 && schedule.stages[1].to == 5000);
	/* 10 s at 1000/s, then a minute with a mean of 3000/s. */
	assert_true(schedule.stages[2].before == 10000 + 180000);
	assert_true(schedule.stages[3].before == schedule.stages[2].before);
	assert_true(schedule.stages[3].from == 1);
	assert_int_equal(schedule_length(&schedule), 72 * NS_PER_S + 500 * NS_PER_MS);
}

static void invalid_stages_are_refused(void **state)
{
	static const char *const specs[] = {
	    "",	     "1k",    "1k:",	 ":10s",   "1k:0s",    "1k:10s,", ",1k:10s",  "1k..:10s", "..1k:10s",
	    "0:10s", "-1:1s", "1e-3:1s", "1k:1s ", "1k;2k:1s", "0.1:1s",  "1k:1s:1s", "1000M:1s",
	};
	struct schedule schedule;
	struct vastar_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(specs) / sizeof(*specs); i++) {
		memset(&err, 0, sizeof(err));
		if (schedule_parse(specs[i], "stages", &schedule, &err) != -VASTAR_E_USAGE)
			fail_msg("'%s' was taken", specs[i]);
		assert_non_null(strstr(err.text, "stages"));
	}
}

static void too_many_stages_are_refused(void **state)
{
	char spec[SCHEDULE_STAGES_MAX * 6 + 7] = "";
	struct schedule schedule;

	(void)state;
	for (int i = 0; i < SCHEDULE_STAGES_MAX; i++)
		strcat(spec, i ? ",10:1s" : "10:1s");
	parse(&schedule, spec);
	strcat(spec, ",10:1s");
	assert_int_equal(schedule_parse(spec, "stages", &schedule, NULL), -VASTAR_E_USAGE);
}

/* Both ways: at the instant by which x arrivals are expected, x arrivals are expected. */
static void instants_invert_expectations(void **state)
{
	static const char *const specs[] = {"1k:2s",	"100..5k:3s", "5k..100:3s",
					    "0..1k:2s", "1k..0:2s",   "10:1s,0:2s,10..1k:1s,3:5s"};
	struct schedule schedule;

	(void)state;
	for (size_t s = 0; s < sizeof(specs) / sizeof(*specs); s++) {
		uint64_t last = 0, at_ns;
		uint32_t stage = 0;
		double expected = 0;

		parse(&schedule, specs[s]);
		for (; (at_ns = schedule_instant(&schedule, expected, &stage)) != UINT64_MAX;
		     expected += 0.75) {
			assert_true(at_ns >= last && at_ns < schedule_length(&schedule));
			/* Within the arrivals of two ns, and the precision of a double near a rate of 0. */
			assert_true(fabs(schedule_expected(&schedule, at_ns) - expected) < 1e-4);
			last = at_ns;
		}
		assert_true(fabs(schedule_expected(&schedule, schedule_length(&schedule)) - expected) < 0.76);
	}
}

static void a_pause_has_no_arrivals(void **state)
{
	struct schedule schedule;
	struct arrivals arrivals;

	(void)state;
	parse(&schedule, "10:1s,0:2s,10:1s");
	arrivals_init(&arrivals, ARRIVALS_CONSTANT, &schedule, 0, 0, 0, 1);
	for (int i = 0; i < 20; i++) {
		uint64_t due_ns = (uint64_t)(i + (i >= 10 ? 20 : 0)) * 100 * NS_PER_MS;

		assert_in_range(arrivals.next_ns, due_ns - (due_ns > 0), due_ns + 1);
		assert_int_equal(schedule_stage_at(&schedule, arrivals.next_ns + 1), i < 10 ? 0 : 2);
		arrivals_take(&arrivals);
	}
	assert_true(arrivals.next_ns == UINT64_MAX);
}

/* A ramp from 0 to 2000/s within one second has 1000 arrivals, a quarter of them in the first half. */
static void a_ramp_increases_evenly(void **state)
{
	struct schedule schedule;
	struct arrivals arrivals;
	unsigned count = 0, early = 0;

	(void)state;
	parse(&schedule, "0..2k:1s");
	for (arrivals_init(&arrivals, ARRIVALS_CONSTANT, &schedule, 0, 0, 0, 1); arrivals.next_ns < NS_PER_S;
	     arrivals_take(&arrivals)) {
		count++;
		early += arrivals.next_ns < NS_PER_S / 2;
	}
	assert_int_equal(count, 1000);
	assert_int_equal(early, 250);
}

static void bursts_come_at_once(void **state)
{
	struct schedule schedule;
	struct arrivals whole, half;

	(void)state;
	assert_int_equal(schedule_parse_burst("3:every 2s", &schedule, NULL), 0);
	assert_int_equal(schedule_parse_burst("3:2s", &schedule, NULL), 0);
	arrivals_init(&whole, ARRIVALS_CONSTANT, &schedule, 0, 7, 0, 1);
	arrivals_init(&half, ARRIVALS_CONSTANT, &schedule, 0, 7, 1, 2);
	for (uint64_t i = 0; i < 30; i++) {
		assert_int_equal(whole.next_ns, 7 + i / 3 * 2 * NS_PER_S);
		if (i % 2) {
			assert_int_equal(half.next_ns, whole.next_ns);
			arrivals_take(&half);
		}
		arrivals_take(&whole);
	}
	assert_int_equal(schedule_parse_burst("3", &schedule, NULL), -VASTAR_E_USAGE);
	assert_int_equal(schedule_parse_burst("0:1s", &schedule, NULL), -VASTAR_E_USAGE);
	assert_int_equal(schedule_parse_burst("3:0", &schedule, NULL), -VASTAR_E_USAGE);
	assert_int_equal(schedule_parse_burst("3:every", &schedule, NULL), -VASTAR_E_USAGE);
	assert_int_equal(schedule_parse_burst("2M:1s", &schedule, NULL), -VASTAR_E_USAGE);
	assert_int_equal(schedule_parse_burst("1M:1us", &schedule, NULL), -VASTAR_E_USAGE);
}

static void a_warm_up_comes_first(void **state)
{
	struct schedule schedule;

	(void)state;
	parse(&schedule, "100..200:1s,5:1s");
	schedule_warm_up(&schedule, 3 * NS_PER_S);
	assert_true(schedule.warmup);
	assert_int_equal(schedule.stage_count, 3);
	assert_true(schedule.stages[0].from == 100 && schedule.stages[0].to == 100);
	assert_int_equal(schedule.stages[1].start_ns, 3 * NS_PER_S);
	assert_true(schedule.stages[1].before == 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stages_are_parsed),	   cmocka_unit_test(invalid_stages_are_refused),
	    cmocka_unit_test(too_many_stages_are_refused), cmocka_unit_test(instants_invert_expectations),
	    cmocka_unit_test(a_pause_has_no_arrivals),	   cmocka_unit_test(a_ramp_increases_evenly),
	    cmocka_unit_test(bursts_come_at_once),	   cmocka_unit_test(a_warm_up_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
