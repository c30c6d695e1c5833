/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/cpu.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "base/cpus.h"

static void read_cpu_model(char *model, size_t size)
{
	char line[256];
	FILE *file = fopen("/proc/cpuinfo", "re");

	snprintf(model, size, "unknown");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		char *colon = strchr(line, ':');

		if (!colon || strncmp(line, "model name", 10))
			continue;
		colon += strspn(colon, ": \t");
		colon[strcspn(colon, "\n")] = '\0';
		snprintf(model, size, "%s", colon);
		break;
	}
	fclose(file);
}

void cpu_describe(struct run_facts *facts)
{
	struct utsname system;
	struct sysinfo info;

	if (!uname(&system))
		snprintf(facts->kernel, sizeof(facts->kernel), "%s", system.release);
	if (!sysinfo(&info))
		facts->ram_mb = (uint64_t)info.totalram * info.mem_unit >> 20;
	facts->cpu_count = (uint32_t)get_nprocs();
	facts->usable_cpus = cpus_usable();
	read_cpu_model(facts->cpu_model, sizeof(facts->cpu_model));
}
