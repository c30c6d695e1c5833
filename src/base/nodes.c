/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"

enum { NODES_MAX = 1024 };

/* Calls `call` for each number of a list like "0-3,8" (cpuset(7), List format). */
static void each_in(const char *list, void (*call)(void *context, uint32_t number), void *context)
{
	while (*list >= '0' && *list <= '9') {
		char *end;
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last && first < UINT32_MAX; first++)
			call(context, (uint32_t)first);
		list = end + (*end == ',');
	}
}

struct picked {
	const struct cpus *allowed;
	struct cpus *chosen;
};

static void pick(void *context, uint32_t cpu)
{
	struct picked *picked = context;
	size_t bytes = picked->allowed->bytes;

	if (cpu < 8 * bytes && CPU_ISSET_S(cpu, bytes, picked->allowed->set)) {
		CPU_SET_S(cpu, bytes, picked->chosen->set);
		picked->chosen->count++;
	}
}

/* Reads the allowed processors of one node; none when there is no such node. */
static void read_node(const char *root, uint32_t node, const struct cpus *allowed, struct cpus *chosen)
{
	struct picked picked = {allowed, chosen};
	char path[64], list[LINE_LONGEST];

	CPU_ZERO_S(allowed->bytes, chosen->set);
	chosen->count = 0;
	snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/cpulist", node);
	if (lines_first(root, path, list, sizeof(list)))
		each_in(list, pick, &picked);
}

struct nodes {
	uint16_t usable[NODES_MAX]; /* nodes with allowed processors */
	uint32_t count, here;	    /* number of nodes; index of the node that has `cpu` */
	int cpu;
	const char *root;
	const struct cpus *allowed;
	struct cpus *scratch;
};

static void add_node(void *context, uint32_t node)
{
	struct nodes *nodes = context;

	if (node >= NODES_MAX || nodes->count == NODES_MAX)
		return;
	read_node(nodes->root, node, nodes->allowed, nodes->scratch);
	if (!nodes->scratch->count)
		return;
	if (nodes->cpu >= 0 && CPU_ISSET_S((size_t)nodes->cpu, nodes->allowed->bytes, nodes->scratch->set))
		nodes->here = nodes->count;
	nodes->usable[nodes->count++] = (uint16_t)node;
}

static bool choose(struct cpus *chosen, const char *root, int cpu, uint32_t index, const struct cpus *allowed)
{
	struct nodes nodes = {.cpu = cpu, .root = root, .allowed = allowed, .scratch = chosen};
	char list[LINE_LONGEST];

	if (!lines_first(root, "/sys/devices/system/node/online", list, sizeof(list)))
		return false;
	each_in(list, add_node, &nodes);
	if (nodes.count < 2)
		return false;
	read_node(root, nodes.usable[(nodes.here + index) % nodes.count], allowed, chosen);
	return true;
}

bool nodes_choose(struct cpus *chosen, const char *root, int cpu, uint32_t index)
{
	struct cpus allowed;
	bool several = false;

	*chosen = (struct cpus){.set = NULL};
	if (!cpus_allowed(&allowed))
		return false;
	chosen->bytes = allowed.bytes;
	chosen->set = CPU_ALLOC(8 * allowed.bytes);
	if (chosen->set)
		several = choose(chosen, root, cpu, index, &allowed);
	if (!several)
		cpus_free(chosen);
	cpus_free(&allowed);
	return several;
}

void nodes_stay(const char *root, int cpu, uint32_t index)
{
	struct cpus chosen;

	if (!nodes_choose(&chosen, root, cpu, index))
		return;
	sched_setaffinity(0, chosen.bytes, chosen.set);
	cpus_free(&chosen);
}
