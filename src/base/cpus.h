/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The processors that this process may use. */
#ifndef VASTAR_BASE_CPUS_H
#define VASTAR_BASE_CPUS_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The processors on which the process may run. Under taskset or a cpuset these are fewer than the machine
 * has. */
struct cpus {
	cpu_set_t *set; /* owned: cpus_free() */
	size_t bytes;
	uint32_t count;
};

/* Returns false when the set is not known; then there is nothing to free. */
bool cpus_allowed(struct cpus *cpus);
void cpus_free(struct cpus *cpus);

/* Rounds a limit up: 1.5 processors count as 2. The result is at most `allowed` and at least 1. A quota of
 * 0 is no limit. */
uint32_t cpus_within(uint32_t allowed, double quota);

/* How many processors the process can keep busy: those on which it may run, or fewer if its control group
 * allows fewer. */
uint32_t cpus_usable(void);

#endif
