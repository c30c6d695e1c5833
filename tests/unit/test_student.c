/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stats/student.h"

static void quantiles_are_those_of_tables(void **state)
{
	/* Two-sided 95 %, 99 % and 99.9 %, as printed in tables of Student's distribution. */
	static const struct {
		double freedom, t95, t99, t999;
	} rows[] = {
	    {1, 12.706, 63.657, 636.619}, {2, 4.303, 9.925, 31.599}, {4, 2.776, 4.604, 8.610},
	    {5, 2.571, 4.032, 6.869},	  {8, 2.306, 3.355, 5.041},  {9, 2.262, 3.250, 4.781},
	    {20, 2.086, 2.845, 3.850},	  {30, 2.042, 2.750, 3.646}, {120, 1.980, 2.617, 3.373},
	    {1e9, 1.960, 2.576, 3.291},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_float_equal(student_t(rows[i].freedom, 0.95), rows[i].t95, 0.00051);
		assert_float_equal(student_t(rows[i].freedom, 0.99), rows[i].t99, 0.00051);
		assert_float_equal(student_t(rows[i].freedom, 0.999), rows[i].t999, 0.00051);
	}
}

static void fractional_freedom_lies_between_its_neighbours(void **state)
{
	(void)state;
	assert_true(student_t(4.5, 0.999) < student_t(4, 0.999));
	assert_true(student_t(4.5, 0.999) > student_t(5, 0.999));
}

/* Welch's case: the spread of one side is ten times the other's, so its degrees of freedom count. */
static void freedom_is_that_of_the_wider_side(void **state)
{
	const double a[] = {10, 20, 30, 40, 50}, b[] = {101, 102, 103, 104, 105};
	/* Variances of the means 50 and 0.5: freedom 50.5^2 / (50^2 / 4 + 0.5^2 / 4) = 4.08. */
	double half = student_t(50.5 * 50.5 / (50.0 * 50 / 4 + 0.5 * 0.5 / 4), 0.999) * sqrt(50.5);
	struct mean_difference difference;

	(void)state;
	assert_true(welch_difference(a, 5, b, 5, 0.999, &difference));
	assert_float_equal(difference.value, 73, 1e-12);
	assert_float_equal(difference.high - difference.value, half, 1e-9);
	assert_float_equal(difference.value - difference.low, half, 1e-9);
}

static void without_spread_the_interval_is_a_point(void **state)
{
	const double a[] = {1, 1, 1}, b[] = {3, 3};
	struct mean_difference difference;

	(void)state;
	assert_true(welch_difference(a, 3, b, 2, 0.999, &difference));
	assert_float_equal(difference.low, 2, 0);
	assert_float_equal(difference.high, 2, 0);
}

static void one_value_has_no_spread(void **state)
{
	const double a[] = {1}, b[] = {3, 3};
	struct mean_difference difference;

	(void)state;
	assert_false(welch_difference(a, 1, b, 2, 0.999, &difference));
	assert_false(welch_difference(b, 2, a, 1, 0.999, &difference));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quantiles_are_those_of_tables),
	    cmocka_unit_test(fractional_freedom_lies_between_its_neighbours),
	    cmocka_unit_test(freedom_is_that_of_the_wider_side),
	    cmocka_unit_test(without_spread_the_interval_is_a_point),
	    cmocka_unit_test(one_value_has_no_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
