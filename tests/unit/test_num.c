/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/num.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *text;
	uint64_t ns;
} durations[] = {
    {"0", 0},
    {"0s", 0},
    {"0.0", 0},
    {"20", 20000000000},
    {"0.5", 500000000},
    {".5", 500000000},
    {"007", 7000000000},
    {"500ms", 500000000},
    {"10s", 10000000000},
    {"1m", 60000000000},
    {"1m30s", 90000000000},
    {"2h", 7200000000000},
    {"1h2m3s4ms5us6ns", 3723004005006},
    {"1h1ns", 3600000000001},
    {"1.5s", 1500000000},
    {"1.5h", 5400000000000},
    {"0.25m", 15000000000},
    {"1.5m1.5s", 91500000000},
    {"250us", 250000},
    {"80ns", 80},
    {"0.1s", 100000000}, /* not exact in binary */
    {"0.3s", 300000000},
    {"1.000000001s", 1000000001},
    {"1.0000000019s", 1000000001}, /* cut, not rounded */
    {"0.000000000000h", 0},
    {"90s", 90000000000},
    {"1000h", 3600000000000000},
    {"3600000", 3600000000000000},
    {"999h59m59.999999999s", 3599999999999999},
};

static const char *const no_durations[] = {
    "",
    " ",
    "s",
    "ms",
    "abc",
    "10x",
    "10 s",
    " 10s",
    "10s ",
    "-1s",
    "+1s",
    "1e3",
    "1.",
    "1.s",
    ".",
    ".s",
    "1..5s",
    "1,5s",
    "0x10",
    "inf",
    "nan",
    "1m30",
    "30s1m",
    "1s1s",
    "1ms1m",
    "1s-1ms",
    "1S",
    "1M",
    "1min",
    "1sec",
    "1000h1ns",
    "1001h",
    "3600001",
    "99999999999999999999",
    "99999999999999999999h",
    "0.0000000001",
    "0.1ns",
    "1d",
};

static void durations_are_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(durations); i++) {
		uint64_t ns = 42;

		if (!num_duration(durations[i].text, &ns) || ns != durations[i].ns)
			fail_msg("%s: %llu instead of %llu", durations[i].text, (unsigned long long)ns,
				 (unsigned long long)durations[i].ns);
	}
}

static void invalid_durations_are_refused_and_keep_the_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(no_durations); i++) {
		uint64_t ns = 42;

		if (num_duration(no_durations[i], &ns) || ns != 42)
			fail_msg("\"%s\" was taken as %llu", no_durations[i], (unsigned long long)ns);
	}
}

static const struct {
	const char *text;
	uint64_t count;
} counts[] = {
    {"0", 0},
    {"1", 1},
    {"200", 200},
    {"007", 7},
    {"10k", 10000},
    {"10K", 10000},
    {"2M", 2000000},
    {"3G", 3000000000},
    {"0k", 0},
    {"9007199254740991", 9007199254740991},
    {"9007199254740k", 9007199254740000},
    {"9007199G", 9007199000000000},
    {"1e6", 1000000},
    {"1E6", 1000000},
    {"1e+6", 1000000},
    {"12e0", 12},
    {"1e15", 1000000000000000},
    {"0e99", 0},
    {"1.5e3", 1500},
    {"1.50e1", 15},
    {"9007199254740991e0", 9007199254740991},
};

static const char *const no_counts[] = {
    "",
    " ",
    "k",
    "-1",
    "+1",
    "1.5",
    "1.5k",
    "10x",
    "10m",
    "10kk",
    "10 k",
    " 10",
    "10 ",
    "1e-1",
    "10e-1",
    "1.5e0",
    "1.55e1",
    "1e",
    "e3",
    "1e+",
    "1e3k",
    "1ke3",
    "1e3.0",
    "1.e3",
    "1.2.3e4",
    "1e16",
    "1e99",
    "1e999999999999999999999",
    "9007199254740991e1",
    "0x1",
    "ten",
    "1_000",
    "9007199254740992",
    "9007199254741k",
    "9007200G",
    "99999999999999999999",
    "99999999999999999999999999999999k",
};

static void counts_know_powers_of_a_thousand(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(counts); i++) {
		uint64_t count = 42;

		if (!num_count(counts[i].text, &count) || count != counts[i].count)
			fail_msg("%s: %llu", counts[i].text, (unsigned long long)count);
	}
}

static void invalid_counts_are_refused_and_keep_the_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(no_counts); i++) {
		uint64_t count = 42;

		if (num_count(no_counts[i], &count) || count != 42)
			fail_msg("\"%s\" was taken as %llu", no_counts[i], (unsigned long long)count);
	}
}

static const struct {
	const char *text;
	double value;
} reals[] = {
    {"0", 0},
    {"0.0", 0},
    {"12", 12},
    {"0.95", 0.95},
    {".5", 0.5},
    {"0.1", 0.1},
    {"0.3", 0.3},
    {"1234.5678", 1234.5678},
    {"9007199254740993", 9007199254740992.0}, /* 2^53 + 1: the nearest double */
    {"100000000000000000000", 1e20},
    {"0.333333333333333", 0.333333333333333},
    {"0.0000000000001", 1e-13},
};

static const char *const no_reals[] = {"",    " ",   "-1",  "+1", "1.", ".",  "1e3",   "inf",
				       "nan", "0x1", "1,5", "1 ", " 1", "1x", "1.2.3", "fast"};

static void reals_are_the_nearest_double(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(reals); i++) {
		double value = -1;

		if (!num_real(reals[i].text, &value) || value < reals[i].value || value > reals[i].value)
			fail_msg("%s: %.17g instead of %.17g", reals[i].text, value, reals[i].value);
	}
}

static void invalid_reals_are_refused_and_keep_the_value(void **state)
{
	char huge[401];
	double value = 42;

	(void)state;
	for (size_t i = 0; i < LENGTH(no_reals); i++)
		if (num_real(no_reals[i], &value) || value < 42 || value > 42)
			fail_msg("\"%s\" was taken as %g", no_reals[i], value);
	for (size_t i = 0; i < 400; i++)
		huge[i] = '9';
	huge[400] = '\0';
	assert_false(num_real(huge, &value)); /* not finite */
	assert_true(num_real(huge + 200, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(durations_are_exact),
	    cmocka_unit_test(invalid_durations_are_refused_and_keep_the_value),
	    cmocka_unit_test(counts_know_powers_of_a_thousand),
	    cmocka_unit_test(invalid_counts_are_refused_and_keep_the_value),
	    cmocka_unit_test(reals_are_the_nearest_double),
	    cmocka_unit_test(invalid_reals_are_refused_and_keep_the_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
