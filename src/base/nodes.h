/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Memory nodes (NUMA). On a host with several of them a thread is faster on the node that has its memory. The
 * kernel puts memory where the thread runs that touches it first, so a thread that chooses its node before it
 * touches anything, and stays there, is always near its memory.
 */
#ifndef VASTAR_BASE_NODES_H
#define VASTAR_BASE_NODES_H

#include "base/cpus.h"

/* The processors, of those on which the calling thread may run, of the node for thread number `index`. Thread
 * 0 gets the node of processor `cpu`, the others follow node by node, so that all nodes have about as many.
 * `root` stands before /sys: "", or a folder in tests. False, with nothing to free: there is one node only,
 * or that is not known. */
bool nodes_choose(struct cpus *chosen, const char *root, int cpu, uint32_t index);

/* Lets the calling thread run there only. On a host with one node nothing happens. */
void nodes_stay(const char *root, int cpu, uint32_t index);

#endif
