/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the benchmarks share. Each case does a fixed number of iterations, several times over, and the fastest
 * round counts: whatever else the machine does can only make a round slower. A case is one line, "name figure
 * unit", the same from build to build, so that two outputs can be laid side by side.
 */
#ifndef VASTAR_TESTS_BENCH_H
#define VASTAR_TESTS_BENCH_H

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

/* BENCH_ROUNDS in the environment: fewer, where the figures do not matter. */
static inline int bench_rounds(void)
{
	const char *text = getenv("BENCH_ROUNDS");
	int rounds = text ? atoi(text) : 7;

	return rounds > 0 ? rounds : 1;
}

/* Nanoseconds that one iteration of work(context, iterations) takes. */
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

/* For what a benchmark cannot do without. */
static inline void bench_must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "benchmark: %s\n", what);
	exit(1);
}

/* The compiler must take it for used, and for changed. */
static inline void bench_keep(const void *value)
{
	__asm__ volatile("" : : "r"(value) : "memory");
}

#endif
