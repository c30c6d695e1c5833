/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The best that this machine can do: a loop that only reads the clock until the next instant of a schedule,
 * and records how late it is. No program that sends at those instants can be earlier. So vastar's lateness is
 * compared with that of this loop, which also shows when the machine is disturbed.
 *
 * With `asleep` it sleeps until each instant. Its lateness is then the time that this machine takes to wake
 * a thread on an idle processor: no program that waits for a response can be faster.
 *
 *   bare_loop RATE SECONDS [asleep]
 *
 * prints {"count", "p50_s", "p90_s", "p99_s", "p99.9_s", "max_s"} as JSON
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/clock.h"

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static void sleep_until(uint64_t due)
{
	struct timespec at = {.tv_sec = (time_t)(due / 1000000000), .tv_nsec = (long)(due % 1000000000)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0)
		;
}

/* Nearest rank of sorted values. */
static double percentile_s(const uint64_t *values, size_t count, unsigned per_mille)
{
	return ns_to_s(values[(count * per_mille + 999) / 1000 - 1]);
}

int main(int argc, char **argv)
{
	bool asleep = argc == 4 && strcmp(argv[3], "asleep") == 0, usable = argc == 3 || asleep;
	double rate = usable ? strtod(argv[1], NULL) : 0, seconds = usable ? strtod(argv[2], NULL) : 0;
	size_t count = (size_t)(rate * seconds);
	uint64_t *late = count ? calloc(count, sizeof(*late)) : NULL;
	uint64_t start = clock_now_ns();

	if (!late) {
		fputs("bare_loop RATE SECONDS [asleep]: two numbers above 0\n", stderr);
		return 2;
	}
	/* By default the kernel may extend a sleep by 50 us. */
	if (asleep)
		prctl(PR_SET_TIMERSLACK, 1);
	for (size_t i = 0; i < count; i++) {
		uint64_t due = start + (uint64_t)((double)i * 1e9 / rate), now;

		if (asleep)
			sleep_until(due);
		while ((now = clock_now_ns()) < due)
			relax();
		late[i] = now - due;
	}
	qsort(late, count, sizeof(*late), compare);
	printf("{\"count\": %zu, \"p50_s\": %.9f, \"p90_s\": %.9f, \"p99_s\": %.9f, \"p99.9_s\": %.9f, "
	       "\"max_s\": %.9f}\n",
	       count, percentile_s(late, count, 500), percentile_s(late, count, 900),
	       percentile_s(late, count, 990), percentile_s(late, count, 999), ns_to_s(late[count - 1]));
	free(late);
	return 0;
}
