/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/host_idle.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/lines.h"

bool host_idle_ns(const char *path, const cpu_set_t *usable, uint64_t *idlep)
{
	uint64_t ticks = 0;
	int seen = 0, wanted = CPU_COUNT(usable);
	struct lines lines;
	const char *line;

	lines_open(&lines, "", path);
	/* The lines of the processors come first; the lines after them are long and not needed. */
	while (seen < wanted && (line = lines_next(&lines)) && !strncmp(line, "cpu", 3)) {
		unsigned long long idle, waiting;
		unsigned cpu;

		if (sscanf(line, "cpu%u %*u %*u %*u %llu %llu", &cpu, &idle, &waiting) != 3)
			continue;
		if (cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, usable))
			continue;
		ticks += idle + waiting;
		seen++;
	}
	lines_close(&lines);
	*idlep = ticks * (UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK));
	return seen > 0 && seen == wanted;
}
