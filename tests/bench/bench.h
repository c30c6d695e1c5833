/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Shared by the benchmarks. Each case runs a fixed number of iterations, several times, and the fastest round
 * counts: other load can only make a round slower. A case prints one line, "name figure unit". Names do not
 * change between builds, so that outputs can be compared.
 */
#ifndef VASTAR_TESTS_BENCH_H
#define VASTAR_TESTS_BENCH_H

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

/* The variable BENCH_ROUNDS reduces them where the figures do not matter. */
static inline int bench_rounds(void)
{
	const char *text = getenv("BENCH_ROUNDS");
	int rounds = text ? atoi(text) : 7;

	return rounds > 0 ? rounds : 1;
}

/* Nanoseconds for one iteration of work(context, iterations). */
static inline double bench_ns(void (*work)(void *context, unsigned iterations), void *context,
			      unsigned iterations)
{
	uint64_t best_ns = UINT64_MAX;

	for (int left = bench_rounds(); left > 0; left--) {
		uint64_t start_ns = clock_now_ns(), taken_ns;

		work(context, iterations);
		taken_ns = clock_now_ns() - start_ns;
		if (taken_ns < best_ns)
			best_ns = taken_ns;
	}
	return (double)best_ns / iterations;
}

static inline void bench_line(const char *name, double figure, const char *unit)
{
	printf("%-36s %12.3f %s\n", name, figure, unit);
}

static inline void bench_case(const char *name, void (*work)(void *context, unsigned iterations),
			      void *context, unsigned iterations)
{
	bench_line(name, bench_ns(work, context, iterations), "ns");
}

/* Ends the program if a requirement of the benchmark does not hold. */
static inline void bench_must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "benchmark: %s\n", what);
	exit(1);
}

/* Makes the compiler treat the value as used and changed. */
static inline void bench_keep(const void *value)
{
	__asm__ volatile("" : : "r"(value) : "memory");
}

#endif
