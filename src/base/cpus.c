/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/cpus.h"

#include <errno.h>
#include <math.h>

#include "base/cgroup.h"

bool cpus_allowed(struct cpus *cpus)
{
	/* The kernel refuses a set smaller than its own (EINVAL) and does not say how large its own is. */
	for (int size = 1024; size <= 1 << 20; size *= 2) {
		cpu_set_t *set = CPU_ALLOC((size_t)size);
		size_t bytes = CPU_ALLOC_SIZE((size_t)size);

		if (!set)
			break;
		if (!sched_getaffinity(0, bytes, set)) {
			*cpus = (struct cpus){set, bytes, (uint32_t)CPU_COUNT_S(bytes, set)};
			return true;
		}
		CPU_FREE(set);
		if (errno != EINVAL)
			break;
	}
	*cpus = (struct cpus){.set = NULL};
	return false;
}

void cpus_free(struct cpus *cpus)
{
	if (cpus->set)
		CPU_FREE(cpus->set);
	*cpus = (struct cpus){.set = NULL};
}

uint32_t cpus_within(uint32_t allowed, double quota)
{
	if (!allowed)
		allowed = 1;
	return quota > 0 && quota < allowed ? (uint32_t)ceil(quota) : allowed;
}

uint32_t cpus_usable(void)
{
	struct cgroup_cpu group;
	struct cpus cpus;
	uint32_t count;

	cpus_allowed(&cpus);
	cgroup_cpu_find(&group, "");
	count = cpus_within(cpus.count, group.quota);
	cpus_free(&cpus);
	return count;
}
