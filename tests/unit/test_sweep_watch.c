/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The live line of a sweep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/sweep_watch.h"

static const struct sweep_event running = {
    .kind = SWEEP_RUNNING,
    .run = 3,
    .runs = 12,
    .concurrency = 50,
    .repeat = 2,
    .repeats = 3,
    .seconds_left = 75.2,
    .progress = {.rps = 1234.4, .p99_s = 0.01234},
};

static void expect_line(const struct sweep_event *event, unsigned width, const char *expected)
{
	char text[200];

	sweep_watch_format(event, width, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void the_line_shows_the_current_run_and_the_remaining_time(void **state)
{
	struct sweep_event event = running;

	(void)state;
	expect_line(&event, 100, "run 3/12  c=50 repeat 2/3  1234/s  p99 12.34ms  1m15s left");
	event.repeats = 1;
	event.reference = true;
	event.seconds_left = 4.4;
	expect_line(&event, 100, "run 3/12  c=50 ref  1234/s  p99 12.34ms  4s left");
	event.scouting = true;
	event.reference = false;
	event.seconds_left = 0;
	event.progress.p99_s = 0;
	expect_line(&event, 100, "scout 3  c=50  1234/s");
}

static void a_narrow_terminal_shows_whole_parts(void **state)
{
	char text[200];

	(void)state;
	expect_line(&running, 40, "run 3/12  c=50 repeat 2/3  1234/s");
	expect_line(&running, 20, "run 3/12  c=50");
	expect_line(&running, 8, "run 3/12");
	expect_line(&running, 7, "  c=50");
	expect_line(&running, 0, "");
	for (unsigned width = 0; width < 120; width++) {
		sweep_watch_format(&running, width, text, sizeof(text));
		assert_true(strlen(text) <= width);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_line_shows_the_current_run_and_the_remaining_time),
	    cmocka_unit_test(a_narrow_terminal_shows_whole_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
