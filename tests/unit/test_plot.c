/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "report/html/markup.h"
#include "report/html/plot.h"

static char *text;
static size_t length;

static struct plot plot_open(struct axis x, struct axis y)
{
	struct plot plot = {.out = open_memstream(&text, &length), .x = x, .y = y};

	assert_non_null(plot.out);
	return plot;
}

static void plot_close(struct plot *plot)
{
	fclose(plot->out);
}

static unsigned occurrences(const char *what)
{
	unsigned count = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		count++;
	return count;
}

/* Writes the frame of a plot with this x axis into `text`. */
static void frame(struct axis axis)
{
	struct plot plot = plot_open(axis, axis_from_zero(1, AXIS_NUMBER));

	plot_begin(&plot, "title", "description");
	plot_end(&plot);
	plot_close(&plot);
}

static void every_range_has_a_few_ticks(void **state)
{
	(void)state;
	for (int unit = AXIS_NUMBER; unit <= AXIS_LATENCY; unit++) {
		for (double low = 1e-8; low < 1e6; low *= 7.3) {
			for (double ratio = 1.001; ratio < 1e9; ratio *= 3.7) {
				for (int logarithmic = 0; logarithmic <= 1; logarithmic++) {
					frame((struct axis){low, low * ratio, logarithmic, unit});
					unsigned ticks = occurrences("class=\"x\"");

					if (ticks < 2 || ticks > 12)
						fail_msg("%u ticks from %g to %g, log %d", ticks, low,
							 low * ratio, logarithmic);
					free(text);
				}
			}
		}
	}
}

static void ticks_are_round(void **state)
{
	(void)state;
	frame((struct axis){0, 0.01, false, AXIS_LATENCY});
	assert_int_equal(occurrences(">0<"), 2); /* of either axis */
	assert_int_equal(occurrences(">2 ms<"), 1);
	assert_int_equal(occurrences(">10 ms<"), 1);
	free(text);
	frame((struct axis){1, 5000, true, AXIS_PERCENTILE});
	for (const char *const *label = (const char *const[]){">0%<", ">90%<", ">99%<", ">99.9%<", NULL};
	     *label; label++)
		assert_int_equal(occurrences(*label), 1);
	free(text);
	frame((struct axis){900, 40000, true, AXIS_NUMBER});
	assert_int_equal(occurrences(">1k<"), 1);
	assert_int_equal(occurrences(">20k<"), 1);
	free(text);
}

static void axes_fit_the_values(void **state)
{
	struct axis axis = axis_fitting(2, 10, AXIS_NUMBER);

	(void)state;
	assert_false(axis.logarithmic);
	assert_true(axis.low <= 0 && axis.high > 10);
	axis = axis_fitting(2, 2000, AXIS_NUMBER);
	assert_true(axis.logarithmic);
	assert_true(axis.low > 0 && axis.low < 2 && axis.high > 2000);
	axis = axis_fitting(INFINITY, 0, AXIS_NUMBER); /* nothing to show */
	assert_false(axis.logarithmic);
	assert_true(axis.high > axis.low);
}

static void a_gap_breaks_the_line_and_near_points_are_joined(void **state)
{
	struct plot plot =
	    plot_open((struct axis){0, 100, false, AXIS_NUMBER}, axis_from_zero(1, AXIS_NUMBER));

	(void)state;
	path_begin(&plot, "first");
	path_to(&plot, 0, 1);
	path_to(&plot, 0.001, 1);
	path_to(&plot, 50, 1);
	path_to(&plot, 60, NAN);
	path_to(&plot, 70, 1);
	path_end(&plot);
	plot_close(&plot);
	assert_int_equal(occurrences("M"), 3); /* the start, and one for each piece */
	assert_int_equal(occurrences("L"), 1);
	free(text);
}

static void markup_is_escaped_and_control_bytes_are_shown(void **state)
{
	FILE *out = open_memstream(&text, &length);

	(void)state;
	assert_non_null(out);
	html_text(out, "<a href=\"x\">'&\n\x01\xff");
	fclose(out);
	assert_string_equal(text, "&lt;a href=&quot;x&quot;&gt;&#39;&amp;\\x0a\\x01\\xff");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_range_has_a_few_ticks),
	    cmocka_unit_test(ticks_are_round),
	    cmocka_unit_test(axes_fit_the_values),
	    cmocka_unit_test(a_gap_breaks_the_line_and_near_points_are_joined),
	    cmocka_unit_test(markup_is_escaped_and_control_bytes_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
