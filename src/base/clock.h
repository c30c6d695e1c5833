/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Clocks. Every instant in the program is nanoseconds of CLOCK_MONOTONIC in a uint64_t; 0 means "not yet". */
#ifndef VASTAR_BASE_CLOCK_H
#define VASTAR_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_US 1000ull
#define NS_PER_MS 1000000ull
#define NS_PER_S 1000000000ull

static inline uint64_t clock_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t); /* the vDSO handles it: no syscall */
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* CPU time of the calling thread, user and system. A syscall: not for the hot path. */
uint64_t clock_thread_cpu_ns(void);

static inline double ns_to_s(uint64_t ns)
{
	return (double)ns / 1e9;
}

#endif
