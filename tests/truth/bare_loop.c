/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What this machine can do at best: a loop that does nothing but look at the clock until the next instant of
 * a schedule has come, and notes how late it then is. No program that sends at those instants can be earlier,
 * so its lateness is what vastar's is held against, and what tells a machine that is disturbed.
 *
 *   bare_loop RATE SECONDS     prints {"count", "p50_s", "p90_s", "p99_s", "p99.9_s", "max_s"} as JSON
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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

/* Nearest rank of sorted values. */
static double percentile_s(const uint64_t *values, size_t count, unsigned per_mille)
{
	return ns_to_s(values[(count * per_mille + 999) / 1000 - 1]);
}

int main(int argc, char **argv)
{
	double rate = argc == 3 ? strtod(argv[1], NULL) : 0, seconds = argc == 3 ? strtod(argv[2], NULL) : 0;
	size_t count = (size_t)(rate * seconds);
	uint64_t *late = count ? calloc(count, sizeof(*late)) : NULL;
	uint64_t start = clock_now_ns();

	if (!late) {
		fputs("bare_loop RATE SECONDS: two numbers above 0\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < count; i++) {
		uint64_t due = start + (uint64_t)((double)i * 1e9 / rate), now;

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
