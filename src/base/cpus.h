/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Processors that this process may use. */
#ifndef VASTAR_BASE_CPUS_H
#define VASTAR_BASE_CPUS_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Those on which it may run: fewer than the machine has under taskset or a cpuset. */
struct cpus {
	cpu_set_t *set; /* owned: cpus_free() */
	size_t bytes;
	uint32_t count;
};

/* False, with nothing to free: not known. */
bool cpus_allowed(struct cpus *cpus);
void cpus_free(struct cpus *cpus);

/* A limit of 1.5 processors (0: none) is worth 2 of `allowed`; at least 1. */
uint32_t cpus_within(uint32_t allowed, double quota);

/* How many it can keep busy: those on which it may run, or fewer if its control group allows fewer. */
uint32_t cpus_usable(void);

#endif
