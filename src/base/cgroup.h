/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The CPU limit of the control group that this process is in: what a container, a pod or a CI job has. Both
 * versions: cpu.cfs_quota_us of version 1, cpu.max of version 2. A limit of any group from that of the
 * process up to the top of what is mounted holds for the process too; in a container, what lies above its own
 * group is not to be seen.
 *
 * `root` stands before every path that is opened: "" for the real /proc and /sys, a folder in tests.
 */
#ifndef VASTAR_BASE_CGROUP_H
#define VASTAR_BASE_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

enum { CGROUP_PATH_MAX = 1024 };

struct cgroup_cpu {
	bool known;		    /* the group has been found, be there a limit or none */
	double quota;		    /* processors that the tightest limit allows, 0.3 or 2; 0: no limit */
	char stat[CGROUP_PATH_MAX]; /* cpu.stat of the group that has it; "" without a limit */
};

void cgroup_cpu_find(struct cgroup_cpu *cpu, const char *root);

/* How long the group has been throttled so far, added up over its processors (throttled_usec or
 * throttled_time); 0 without a limit. False: not known. */
bool cgroup_cpu_throttled(const struct cgroup_cpu *cpu, uint64_t *nsp);

#endif
