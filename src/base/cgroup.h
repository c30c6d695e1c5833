/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The CPU limit of the control group of this process, as set by a container, a pod or a CI job. Reads both
 * versions: cpu.cfs_quota_us of version 1, cpu.max of version 2. The limit of every group applies, from the
 * group of the process up to the top of the mounted hierarchy. In a container the groups above its own are
 * not visible.
 *
 * `root` is put in front of every path that is opened: "" for the real /proc and /sys, a folder in tests.
 */
#ifndef VASTAR_BASE_CGROUP_H
#define VASTAR_BASE_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

enum { CGROUP_PATH_MAX = 1024 };

struct cgroup_cpu {
	bool known;   /* the group was found, with or without a limit */
	double quota; /* processors that the tightest limit allows, such as 0.3 or 2; 0: no limit */
	char stat[CGROUP_PATH_MAX]; /* path of cpu.stat in the group with that limit; "" without a limit */
};

void cgroup_cpu_find(struct cgroup_cpu *cpu, const char *root);

/* The total time that the group has been throttled, added up over its processors (throttled_usec or
 * throttled_time). 0 without a limit. Returns false when it is not known. */
bool cgroup_cpu_throttled(const struct cgroup_cpu *cpu, uint64_t *nsp);

#endif
