/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan/slo_target.h"

static void the_usual_three(void **state)
{
	struct slo_targets targets;

	(void)state;
	assert_int_equal(slo_targets_parse(&targets, "p50=20ms,p95=100ms,p99=250ms", NULL), 0);
	assert_int_equal(targets.count, 3);
	assert_string_equal(targets.targets[0].name, "p50");
	assert_int_equal(targets.targets[0].limit_ns, 20000000);
	assert_string_equal(targets.targets[2].name, "p99");
	assert_int_equal(targets.targets[2].limit_ns, 250000000);
	assert_true(targets.targets[1].percent > 94.99 && targets.targets[1].percent < 95.01);
}

static void every_key_in_any_order_comes_out_rising(void **state)
{
	static const char *const names[] = {"p25", "p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99"};
	struct slo_targets targets;

	(void)state;
	assert_int_equal(
	    slo_targets_parse(&targets, "p99.9=7s,p25=1s,p99.99=8s,p75=3s,p50=2s,p99=6s,p95=5s,p90=4s", NULL),
	    0);
	assert_int_equal(targets.count, 8);
	for (unsigned i = 0; i < 8; i++) {
		assert_string_equal(targets.targets[i].name, names[i]);
		assert_int_equal(targets.targets[i].limit_ns, (i + 1) * 1000000000ull);
		assert_true(!i || targets.targets[i].percent > targets.targets[i - 1].percent);
	}
}

static void p999_is_p99_9(void **state)
{
	struct slo_targets targets;

	(void)state;
	assert_int_equal(slo_targets_parse(&targets, "p999=1s,p9999=2s", NULL), 0);
	assert_string_equal(targets.targets[0].name, "p99.9");
	assert_string_equal(targets.targets[1].name, "p99.99");
	assert_true(targets.targets[0].percent > 99.89 && targets.targets[0].percent < 99.91);
}

static void blanks_and_equal_limits_are_fine(void **state)
{
	struct slo_targets targets;

	(void)state;
	assert_int_equal(slo_targets_parse(&targets, " p50 = 20ms ,\tp99= 20ms ", NULL), 0);
	assert_int_equal(targets.count, 2);
	assert_int_equal(targets.targets[1].limit_ns, 20000000);
}

static const struct {
	const char *spec, *sentence;
} refusals[] = {
    {"", "it is empty"},
    {" , ", "it is empty"},
    {"p50", "\"p50\" is not of the form"},
    {"p50=20ms,", "\"\" is not of the form"},
    {"p50=20ms,,p99=1s", "\"\" is not of the form"},
    {"p98=20ms", "\"p98\" is no percentile"},
    {"p9=20ms", "\"p9\" is no percentile"},
    {"P50=20ms", "\"P50\" is no percentile"},
    {"50=20ms", "\"50\" is no percentile"},
    {"=20ms", "\"\" is no percentile"},
    {"p50=", "\"\" is no duration"},
    {"p50=fast", "\"fast\" is no duration"},
    {"p50=-1ms", "\"-1ms\" is no duration"},
    {"p50=20ms=30ms", "\"20ms=30ms\" is no duration"},
    {"p50=0ms", "p50 is 0"},
    {"p99=250", "p99=250 has no unit (say p99=250ms or 250s)"},
    {"p999=0.5", "p999=0.5 has no unit"},
    {"p50=20ms,p50=30ms", "p50 is given twice"},
    {"p99.9=20ms,p999=30ms", "p99.9 is given twice"},
    {"p50=100ms,p99=20ms", "the limit of p99 is below that of p50"},
    {"p99=20ms,p50=100ms", "the limit of p99 is below that of p50"},
};

static void what_is_refused_has_a_sentence_and_changes_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct slo_targets targets = {.count = 77};
		struct vastar_error err = {0};

		assert_int_equal(slo_targets_parse(&targets, refusals[i].spec, &err), -VASTAR_E_USAGE);
		assert_int_equal(err.status, VASTAR_E_USAGE);
		if (strncmp(err.text, "--slo-target: ", 14) || !strstr(err.text, refusals[i].sentence))
			fail_msg("\"%s\": %s", refusals[i].spec, err.text);
		assert_int_equal(targets.count, 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_usual_three),
	    cmocka_unit_test(every_key_in_any_order_comes_out_rising),
	    cmocka_unit_test(p999_is_p99_9),
	    cmocka_unit_test(blanks_and_equal_limits_are_fine),
	    cmocka_unit_test(what_is_refused_has_a_sentence_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
