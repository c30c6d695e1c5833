/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lines.h"

enum { FIELD_MAX = 512 };

struct hierarchy {
	bool v1;
	char group[FIELD_MAX]; /* the group of the process, "/" or "/a/b" */
	char top[FIELD_MAX];   /* the group that is mounted, "/" for the root of the hierarchy */
	char mount[FIELD_MAX]; /* where it is mounted */
};

/* Finds "cpu" in "cpuacct,cpu". */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; *at;) {
		size_t this = strcspn(at, ",");

		if (this == length && !memcmp(at, word, length))
			return true;
		at += this + (at[this] == ',');
	}
	return false;
}

/* A controller is in one hierarchy only: if version 1 has the CPU controller, version 2 does not have it. */
static bool find_group(struct hierarchy *hierarchy, const char *root)
{
	struct lines lines;
	bool found = false;
	char *line;

	lines_open(&lines, root, "/proc/self/cgroup");
	while (!hierarchy->v1 && (line = lines_next(&lines))) {
		char *controllers = strchr(line, ':'), *group;

		if (!controllers || !(group = strchr(++controllers, ':')))
			continue;
		*group++ = '\0';
		hierarchy->v1 = has_word(controllers, "cpu");
		found &= !hierarchy->v1;
		if ((!hierarchy->v1 && *controllers) || *group != '/' || strlen(group) >= FIELD_MAX)
			continue;
		strcpy(hierarchy->group, group);
		found = true;
	}
	lines_close(&lines);
	return found;
}

/* proc(5): id, parent, device, top, mount point, options, any number of optional fields up to a dash,
 * type, source, options. */
static bool read_mount(struct hierarchy *hierarchy, const char *line)
{
	const char *rest = strstr(line, " - ");
	char type[16], options[FIELD_MAX] = "";

	if (!rest || sscanf(rest, " - %15s %*s %511s", type, options) < 1)
		return false;
	if (hierarchy->v1 ? strcmp(type, "cgroup") || !has_word(options, "cpu") : strcmp(type, "cgroup2"))
		return false;
	return sscanf(line, "%*s %*s %*s %511s %511s", hierarchy->top, hierarchy->mount) == 2 &&
	       *hierarchy->mount == '/';
}

static bool find_mount(struct hierarchy *hierarchy, const char *root)
{
	struct lines lines;
	const char *line;
	bool found = false;

	lines_open(&lines, root, "/proc/self/mountinfo");
	while (!found && (line = lines_next(&lines)))
		found = read_mount(hierarchy, line);
	lines_close(&lines);
	return found;
}

/* The path of the group below the mount point, "" for the mount point itself. A container may see its
 * group under the name that the group has outside, with the mount as that group. It may also see another
 * name, which leads nowhere. */
static const char *below_mount(const struct hierarchy *hierarchy)
{
	const char *group = hierarchy->group;
	size_t top = strlen(hierarchy->top);

	if (!strcmp(hierarchy->top, "/"))
		top = 0;
	if (strncmp(group, hierarchy->top, top) || (group[top] && group[top] != '/') ||
	    !strncmp(group + top, "/..", 3))
		return "";
	return strcmp(group + top, "/") ? group + top : "";
}

/* The processors that one group allows. 0 means no limit: "max", -1, or text that is not a number. */
static double quota_of(const char *folder, bool v1)
{
	char line[64], period[64];
	long long quota_us = 0, period_us = 0;

	if (v1) {
		if (!lines_first(folder, "/cpu.cfs_quota_us", line, sizeof(line)) ||
		    !lines_first(folder, "/cpu.cfs_period_us", period, sizeof(period)))
			return 0;
		quota_us = strtoll(line, NULL, 10);
		period_us = strtoll(period, NULL, 10);
	} else if (!lines_first(folder, "/cpu.max", line, sizeof(line)) ||
		   sscanf(line, "%lld %lld", &quota_us, &period_us) != 2) {
		return 0;
	}
	return quota_us > 0 && period_us > 0 ? (double)quota_us / (double)period_us : 0;
}

void cgroup_cpu_find(struct cgroup_cpu *cpu, const char *root)
{
	struct hierarchy hierarchy = {.v1 = false};
	char folder[CGROUP_PATH_MAX - sizeof("/cpu.stat")];
	size_t mount;

	*cpu = (struct cgroup_cpu){.known = false};
	if (!find_group(&hierarchy, root) || !find_mount(&hierarchy, root))
		return;
	mount = strlen(root) + strlen(hierarchy.mount);
	if ((size_t)snprintf(folder, sizeof(folder), "%s%s%s", root, hierarchy.mount,
			     below_mount(&hierarchy)) >= sizeof(folder))
		return;
	cpu->known = true;
	for (;;) {
		double quota = quota_of(folder, hierarchy.v1);

		if (quota > 0 && (cpu->quota <= 0 || quota < cpu->quota)) {
			cpu->quota = quota;
			snprintf(cpu->stat, sizeof(cpu->stat), "%s/cpu.stat", folder);
		}
		if (strlen(folder) <= mount)
			return;
		*strrchr(folder, '/') = '\0';
	}
}

bool cgroup_cpu_throttled(const struct cgroup_cpu *cpu, uint64_t *nsp)
{
	struct lines lines;
	const char *line;
	bool found = false;

	*nsp = 0;
	if (!*cpu->stat)
		return cpu->known;
	lines_open(&lines, "", cpu->stat);
	while (!found && (line = lines_next(&lines))) {
		unsigned long long value;

		found = true;
		if (sscanf(line, "throttled_time %llu", &value) == 1)
			*nsp = value;
		else if (sscanf(line, "throttled_usec %llu", &value) == 1)
			*nsp = value * NS_PER_US;
		else
			found = false;
	}
	lines_close(&lines);
	return found;
}
