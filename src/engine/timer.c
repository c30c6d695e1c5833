/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/timer.h"

#include <stdlib.h>

bool timer_init(struct timer_heap *heap, uint32_t connections)
{
	heap->count = 0;
	heap->entries = malloc(connections * sizeof(*heap->entries));
	heap->place = calloc(connections, sizeof(*heap->place));
	return heap->entries && heap->place;
}

void timer_deinit(struct timer_heap *heap)
{
	free(heap->entries);
	free(heap->place);
	*heap = (struct timer_heap){0};
}

static void put(struct timer_heap *heap, uint32_t at, struct timer_entry entry)
{
	heap->entries[at] = entry;
	heap->place[entry.conn] = at + 1;
}

static void sift_up(struct timer_heap *heap, uint32_t at, struct timer_entry entry)
{
	while (at > 0 && heap->entries[(at - 1) / 2].due_ns > entry.due_ns) {
		put(heap, at, heap->entries[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put(heap, at, entry);
}

static void sift_down(struct timer_heap *heap, uint32_t at, struct timer_entry entry)
{
	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < heap->count && heap->entries[child + 1].due_ns < heap->entries[child].due_ns)
			child++;
		if (child >= heap->count || heap->entries[child].due_ns >= entry.due_ns)
			break;
		put(heap, at, heap->entries[child]);
		at = child;
	}
	put(heap, at, entry);
}

void timer_cancel(struct timer_heap *heap, uint32_t conn)
{
	uint32_t at = heap->place[conn];

	if (!at--)
		return;
	heap->place[conn] = 0;

	struct timer_entry last = heap->entries[--heap->count];

	if (at == heap->count)
		return;
	if (at > 0 && heap->entries[(at - 1) / 2].due_ns > last.due_ns)
		sift_up(heap, at, last);
	else
		sift_down(heap, at, last);
}

void timer_set(struct timer_heap *heap, uint32_t conn, uint64_t due_ns)
{
	timer_cancel(heap, conn);
	sift_up(heap, heap->count++, (struct timer_entry){.due_ns = due_ns, .conn = conn});
}

bool timer_pop(struct timer_heap *heap, uint64_t now_ns, uint32_t *connp)
{
	if (!heap->count || heap->entries[0].due_ns > now_ns)
		return false;
	*connp = heap->entries[0].conn;
	timer_cancel(heap, *connp);
	return true;
}
