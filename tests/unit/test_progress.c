/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "cli/progress.h"

static const struct progress by_count = {.requests = 1000, .rate = 12345};
static const struct progress by_time = {.requests = UINT64_MAX, .duration_ns = 10 * NS_PER_S, .rate = 12345};

static struct vastar_progress midway(void)
{
	return (struct vastar_progress){
	    .phase = VASTAR_RUNNING,
	    .elapsed_ns = 2500 * NS_PER_MS,
	    .requests = 250,
	    .responses = 247,
	    .errors = 3,
	    .open_connections = 50,
	    .p50_s = 0.000123,
	    .p99_s = 0.0456,
	};
}

static const char *line(const struct progress *progress, struct vastar_progress now, unsigned width)
{
	static char text[512];

	memset(text, '#', sizeof(text));
	progress_format(progress, &now, width, text, sizeof(text));
	return text;
}

static void a_count_shows_percent(void **state)
{
	(void)state;
	assert_string_equal(line(&by_count, midway(), 119),
			    "[=======>                      ]  25%  250 req  3 err  12.3k/s (mean 99)  "
			    "p50 123us p99 45.6ms");
}

static void a_duration_shows_elapsed_of_total(void **state)
{
	(void)state;
	assert_string_equal(line(&by_time, midway(), 99),
			    "[==>       ] 2.5s/10s  250 req  3 err  12.3k/s (mean 99)  p50 123us p99 45.6ms");
}

static void the_other_phases_are_named(void **state)
{
	struct vastar_progress now = midway();

	(void)state;
	now.phase = VASTAR_CONNECTING;
	assert_non_null(strstr(line(&by_time, now, 119), "connecting, 50 open"));
	now.phase = VASTAR_DRAINING;
	assert_non_null(strstr(line(&by_time, now, 119), "waiting for last responses"));
}

static void no_response_no_percentiles(void **state)
{
	struct vastar_progress now = {.phase = VASTAR_RUNNING};

	(void)state;
	assert_null(strstr(line(&by_time, now, 119), "p50"));
	assert_null(strstr(line(&by_time, now, 119), "nan"));
}

static void large_numbers_stay_short(void **state)
{
	struct vastar_progress now = midway();

	(void)state;
	now.requests = 123456789;
	now.errors = 99999;
	now.p99_s = 12.345;
	assert_string_equal(
	    line(&by_time, now, 99),
	    "[==>       ] 2.5s/10s  123.5M req  100k err  12.3k/s (mean 99)  p50 123us p99 12.35s");
	now.requests = 9999;
	assert_non_null(strstr(line(&by_time, now, 99), " 9999 req"));
	now.requests = 10000;
	assert_non_null(strstr(line(&by_time, now, 99), " 10.0k req"));
	now.requests = 99994;
	assert_non_null(strstr(line(&by_time, now, 99), " 100.0k req"));
	now.requests = 999999;
	assert_non_null(strstr(line(&by_time, now, 99), " 1000k req"));
	now.requests = 9999500;
	assert_non_null(strstr(line(&by_time, now, 99), " 10.0M req"));
}

static void a_share_never_passes_the_whole(void **state)
{
	struct vastar_progress now = midway();

	(void)state;
	now.requests = 1001;
	now.elapsed_ns = 11 * NS_PER_S;
	assert_non_null(strstr(line(&by_count, now, 119), "[==============================] 100%"));
	assert_non_null(strstr(line(&by_time, now, 119), "[==============================] "));
}

static void it_is_ascii_and_fits_any_width(void **state)
{
	static const enum vastar_phase phases[] = {VASTAR_CONNECTING, VASTAR_RUNNING, VASTAR_DRAINING,
						   VASTAR_FINISHED};
	struct vastar_progress now = midway();
	size_t longest = 0;

	(void)state;
	now.requests = now.responses = UINT64_MAX / 2;
	now.p50_s = now.p99_s = 3600;
	for (unsigned width = 0; width < 1000; width++) {
		for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
			const char *text;
			size_t length;

			now.phase = phases[i];
			text = line(i % 2 ? &by_count : &by_time, now, width);
			length = strlen(text);
			assert_true(length <= width);
			longest = length > longest ? length : longest;
			for (; *text; text++)
				assert_true(*text >= ' ' && *text < 0x7f);
		}
	}
	assert_true(longest > 60);
}

static void a_narrow_line_keeps_what_matters_most(void **state)
{
	(void)state;
	assert_string_equal(line(&by_count, midway(), 40), " 25%  250 req  3 err  12.3k/s (mean 99)");
	assert_string_equal(line(&by_count, midway(), 25), " 25%  250 req  3 err");
	assert_string_equal(line(&by_count, midway(), 4), " 25%");
	assert_string_equal(line(&by_count, midway(), 3), "");
}

static const char *rates(const double *rates, unsigned count, unsigned width)
{
	static char text[512];
	struct progress progress = by_time;

	for (unsigned i = 0; i < count; i++)
		progress_add_interval(&progress, &(struct interval){.length_ns = NS_PER_S + i % 3 * NS_PER_MS,
								    .responses = (uint64_t)rates[i]});
	progress_format_rates(&progress, width, text, sizeof(text));
	return text;
}

static void rates_go_from_none_to_the_peak(void **state)
{
	static const double rising[] = {0, 1, 2000, 4000, 8000};

	(void)state;
	assert_string_equal(rates(rising, 5, 36), "rate [          _.-+@] peak 7992/s");
}

static void too_little_for_rates(void **state)
{
	static const double some[] = {1, 2, 3};

	(void)state;
	assert_string_equal(rates(some, 2, 120), "");
	assert_string_equal(rates(some, 3, 30), "");
}

static void rates_are_those_of_the_last_minute_that_fits(void **state)
{
	double many[100];

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		many[i] = i < 40 ? 100000 : i + 1 < 100 ? 100 : 0;
	/* The 40 fast seconds are more than a minute ago. */
	assert_string_equal(rates(many, 100, 119),
			    "rate [@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@_] peak 100/s");
	for (unsigned width = 0; width < 200; width++) {
		const char *text = rates(many, 100, width);

		assert_true(strlen(text) <= width);
		for (const char *c = text; *c; c++)
			assert_in_range(*c, ' ', '~');
	}
}

static void no_response_no_peak(void **state)
{
	static const double none[] = {0, 0, 0};

	(void)state;
	assert_string_equal(rates(none, 3, 36), "rate [            ___] peak 0/s");
}

static void a_long_interval_stands_for_several_seconds(void **state)
{
	struct progress progress = by_time;

	(void)state;
	progress_add_interval(&progress, &(struct interval){.length_ns = 3 * NS_PER_S, .responses = 300});
	progress_add_interval(&progress, &(struct interval){.length_ns = NS_PER_S / 4, .responses = 300});
	assert_int_equal(progress.seconds, 3);
	assert_true(progress.rates[2] == 100);
}

static void styles_have_names(void **state)
{
	enum progress_style style;
	struct vastar_error err;

	(void)state;
	assert_int_equal(progress_style_parse(&style, NULL, &err), 0);
	assert_int_equal(style, PROGRESS_BAR);
	assert_int_equal(progress_style_parse(&style, "plain", &err), 0);
	assert_int_equal(style, PROGRESS_PLAIN);
	assert_int_equal(progress_style_parse(&style, "none", &err), 0);
	assert_int_equal(style, PROGRESS_NONE);
	assert_int_equal(progress_style_parse(&style, "loud", &err), -VASTAR_E_USAGE);
	assert_string_equal(err.text, "--progress 'loud': not known (use bar, plain or none)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_count_shows_percent),
	    cmocka_unit_test(a_duration_shows_elapsed_of_total),
	    cmocka_unit_test(the_other_phases_are_named),
	    cmocka_unit_test(no_response_no_percentiles),
	    cmocka_unit_test(large_numbers_stay_short),
	    cmocka_unit_test(a_share_never_passes_the_whole),
	    cmocka_unit_test(it_is_ascii_and_fits_any_width),
	    cmocka_unit_test(a_narrow_line_keeps_what_matters_most),
	    cmocka_unit_test(rates_go_from_none_to_the_peak),
	    cmocka_unit_test(too_little_for_rates),
	    cmocka_unit_test(rates_are_those_of_the_last_minute_that_fits),
	    cmocka_unit_test(no_response_no_peak),
	    cmocka_unit_test(a_long_interval_stands_for_several_seconds),
	    cmocka_unit_test(styles_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
