/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Memory nodes (NUMA). On a host with several nodes a thread is faster on the node that has its memory. The
 * kernel allocates memory on the node of the thread that touches it first. So a thread stays near its memory
 * when it chooses its node before it touches anything, and does not leave that node.
 */
#ifndef VASTAR_BASE_NODES_H
#define VASTAR_BASE_NODES_H

#include "base/cpus.h"

/* Chooses a node for thread number `index`, and returns in `chosen` the processors of that node on which
 * the calling thread may run. Thread 0 gets the node of processor `cpu`. The others follow node by node,
 * so that all nodes get about as many threads. `root` is put in front of /sys: "", or a folder in tests.
 * Returns false, with nothing to free, when there is only one node or when that is not known. */
bool nodes_choose(struct cpus *chosen, const char *root, int cpu, uint32_t index);

/* Keeps the calling thread on the processors of that node. Does nothing on a host with one node. */
void nodes_stay(const char *root, int cpu, uint32_t index);

#endif
