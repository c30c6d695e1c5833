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

static void every_key_in_any_order_is_sorted(void **state)
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

static void rates_and_errors_stand_beside_percentiles(void **state)
{
	struct slo_targets targets;

	(void)state;
	assert_int_equal(
	    slo_targets_parse(&targets, "rps>=50000, errors < 0.1% ,p99<=250ms,goodput>30k/s", NULL), 0);
	assert_int_equal(targets.count, 1);
	assert_int_equal(targets.targets[0].limit_ns, 250000000);
	assert_true(targets.rates[SLO_RPS].set && !targets.rates[SLO_RPS].strict);
	assert_true(targets.rates[SLO_RPS].limit == 50000);
	assert_true(targets.rates[SLO_GOODPUT].strict);
	assert_true(targets.rates[SLO_GOODPUT].limit == 30000);
	assert_true(targets.rates[SLO_ERRORS].strict);
	assert_true(targets.rates[SLO_ERRORS].limit > 0.00099 && targets.rates[SLO_ERRORS].limit < 0.00101);
	assert_int_equal(slo_targets_parse(&targets, "errors<=0%", NULL), 0);
	assert_int_equal(targets.count, 0);
	assert_true(slo_targets_any(&targets));
	assert_false(targets.rates[SLO_RPS].set);
	assert_false(slo_targets_any(&(struct slo_targets){0}));
}

static const struct {
	const char *spec, *sentence;
} refusals[] = {
    {"", "it is empty"},
    {" , ", "it is empty"},
    {"p50", "\"p50\" is not of the form"},
    {"p50=20ms,", "\"\" is not of the form"},
    {"p50=20ms,,p99=1s", "\"\" is not of the form"},
    {"p98=20ms", "\"p98\" cannot be set"},
    {"p9=20ms", "\"p9\" cannot be set"},
    {"P50=20ms", "\"P50\" cannot be set"},
    {"50=20ms", "\"50\" cannot be set"},
    {"=20ms", "\"\" cannot be set"},
    {"p50=", "\"\" is not a duration"},
    {"p50=fast", "\"fast\" is not a duration"},
    {"p50=-1ms", "\"-1ms\" is not a duration"},
    {"p50=20ms=30ms", "\"20ms=30ms\" is not a duration"},
    {"p50=0ms", "p50 is 0"},
    {"p99=250", "p99=250 has no unit (write p99=250ms or 250s)"},
    {"p999=0.5", "p999=0.5 has no unit"},
    {"p50=20ms,p50=30ms", "p50 is given twice"},
    {"p99.9=20ms,p999=30ms", "p99.9 is given twice"},
    {"p50=100ms,p99=20ms", "the limit of p99 is below that of p50"},
    {"p99=20ms,p50=100ms", "the limit of p99 is below that of p50"},
    {"p99<250ms", "p99 takes = or <="},
    {"p99>=250ms", "p99 takes = or <="},
    {"p99==250ms", "is not of the form"},
    {"p99=<250ms", "is not of the form"},
    {"rps", "\"rps\" is not of the form"},
    {"rps=50000", "rps takes > or >= (for example rps>=50000)"},
    {"rps<50000", "rps takes > or >="},
    {"rps>=", "\"\" is not a rate above 0"},
    {"rps>=0", "\"0\" is not a rate above 0"},
    {"rps>=fast", "\"fast\" is not a rate above 0"},
    {"rps>=1,rps>2", "rps is given twice"},
    {"RPS>=1", "\"RPS\" cannot be set"},
    {"errors=0.1%", "errors takes < or <= (for example errors<0.1%)"},
    {"errors>0.1%", "errors takes < or <="},
    {"errors<0.1", "errors needs a share in percent (for example errors<0.1%, not \"0.1\")"},
    {"errors<", "errors needs a share in percent"},
    {"errors<%", "\"%\" is not a share"},
    {"errors<101%", "\"101%\" is not a share from 0% to 100%"},
    {"errors<-1%", "\"-1%\" is not a share"},
    {"errors<0%", "no share is below zero (write errors<=0%)"},
    {"errors<1%,errors<=2%", "errors is given twice"},
    {"error<1%", "\"error\" cannot be set"},
};

static void refused_targets_have_a_message_and_change_nothing(void **state)
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
	    cmocka_unit_test(every_key_in_any_order_is_sorted),
	    cmocka_unit_test(p999_is_p99_9),
	    cmocka_unit_test(blanks_and_equal_limits_are_fine),
	    cmocka_unit_test(rates_and_errors_stand_beside_percentiles),
	    cmocka_unit_test(refused_targets_have_a_message_and_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
