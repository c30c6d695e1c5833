/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/cpu.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "base/cpus.h"
#include "base/lines.h"

static void read_cpu_model(char *model, size_t size)
{
	struct lines lines;
	char *line;

	snprintf(model, size, "unknown");
	lines_open(&lines, "", "/proc/cpuinfo");
	while ((line = lines_next(&lines))) {
		const char *colon = strchr(line, ':');

		if (!colon || strncmp(line, "model name", 10))
			continue;
		colon += strspn(colon, ": \t");
		snprintf(model, size, "%s", colon);
		break;
	}
	lines_close(&lines);
}

void cpu_describe(struct run_facts *facts)
{
	struct utsname system;
	struct sysinfo info;

	if (!uname(&system)) {
		snprintf(facts->kernel, sizeof(facts->kernel), "%s", system.release);
		snprintf(facts->host, sizeof(facts->host), "%.*s", (int)sizeof(facts->host) - 1,
			 system.nodename);
	}
	if (!sysinfo(&info))
		facts->ram_mb = (uint64_t)info.totalram * info.mem_unit >> 20;
	facts->cpu_count = (uint32_t)get_nprocs();
	facts->usable_cpus = cpus_usable();
	read_cpu_model(facts->cpu_model, sizeof(facts->cpu_model));
}
