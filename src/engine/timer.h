/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * When connections act again: the next paced request, the next attempt to connect. A binary heap with at most
 * one entry for each connection. Timeouts of requests are not here: they all have one length, so a look over
 * the connections every few milliseconds is cheaper than two heap operations per request.
 */
#ifndef VASTAR_ENGINE_TIMER_H
#define VASTAR_ENGINE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct timer_entry {
	uint64_t due_ns;
	uint32_t conn;
};

struct timer_heap {
	struct timer_entry *entries;
	uint32_t *place; /* for each connection: its index in entries + 1; 0: none */
	uint32_t count;
};

bool timer_init(struct timer_heap *heap, uint32_t connections); /* false: out of memory */
void timer_deinit(struct timer_heap *heap);

void timer_set(struct timer_heap *heap, uint32_t conn, uint64_t due_ns); /* replaces an earlier entry */
void timer_cancel(struct timer_heap *heap, uint32_t conn);		 /* does nothing without an entry */

/* Takes the earliest entry that is due at now_ns. False: none is due. */
bool timer_pop(struct timer_heap *heap, uint64_t now_ns, uint32_t *connp);

/* UINT64_MAX when empty. */
static inline uint64_t timer_next(const struct timer_heap *heap)
{
	return heap->count ? heap->entries[0].due_ns : UINT64_MAX;
}

#endif
