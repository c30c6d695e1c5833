/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/hold.h"

#include <math.h>
#include <stdlib.h>

/* SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). */
static uint64_t next_random(struct hold_random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* [0, 1) */
static double next_share(struct hold_random *random)
{
	return (double)(next_random(random) >> 11) * 0x1p-53;
}

void hold_random_init(struct hold_random *random, uint64_t seed, uint64_t stream)
{
	random->state = seed;
	random->state = next_random(random) + stream;
	next_random(random);
}

bool hold_chance(struct hold_random *random, double share)
{
	return next_share(random) < share;
}

uint64_t hold_number(struct hold_random *random)
{
	return next_random(random) >> 32;
}

uint64_t hold_draw(const struct serve_delay *delay, struct hold_random *random)
{
	double share;

	switch (delay->kind) {
	case SERVE_DELAY_FIXED:
		return delay->a_ns;
	case SERVE_DELAY_UNIFORM:
		share = next_share(random);
		return delay->a_ns + (uint64_t)(share * (double)(delay->b_ns - delay->a_ns + 1));
	case SERVE_DELAY_EXPONENTIAL:
		return (uint64_t)(-log1p(-next_share(random)) * (double)delay->a_ns);
	case SERVE_DELAY_BIMODAL:
		return next_share(random) < delay->share ? delay->b_ns : delay->a_ns;
	case SERVE_DELAY_NONE:
		break;
	}
	return 0;
}

bool hold_init(struct hold *hold, uint32_t ids, uint32_t capacity)
{
	*hold = (struct hold){.capacity = capacity};
	hold->places = calloc(ids, sizeof(*hold->places));
	return hold->places;
}

void hold_deinit(struct hold *hold)
{
	free(hold->heap);
	free(hold->places);
	*hold = (struct hold){0};
}

/* ---- the heap: binary, and each place knows the position of its entry ---- */

static bool before(const struct hold_entry *a, const struct hold_entry *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

static void put(struct hold *hold, uint32_t index, const struct hold_entry *entry)
{
	hold->heap[index] = *entry;
	hold->places[entry->id].heap = index + 1;
}

static void sift_up(struct hold *hold, uint32_t index, struct hold_entry entry)
{
	while (index && before(&entry, &hold->heap[(index - 1) / 2])) {
		put(hold, index, &hold->heap[(index - 1) / 2]);
		index = (index - 1) / 2;
	}
	put(hold, index, &entry);
}

static void sift_down(struct hold *hold, uint32_t index, struct hold_entry entry)
{
	for (;;) {
		uint32_t child = 2 * index + 1;

		if (child + 1 < hold->count && before(&hold->heap[child + 1], &hold->heap[child]))
			child++;
		if (child >= hold->count || !before(&hold->heap[child], &entry))
			break;
		put(hold, index, &hold->heap[child]);
		index = child;
	}
	put(hold, index, &entry);
}

static bool reserve(struct hold *hold)
{
	uint32_t size = hold->size ? 2 * hold->size : 64;
	struct hold_entry *heap;

	if (hold->count < hold->size)
		return true;
	heap = realloc(hold->heap, size * sizeof(*heap));
	if (!heap)
		return false;
	hold->heap = heap;
	hold->size = size;
	return true;
}

static void insert(struct hold *hold, uint32_t id, uint64_t due_ns, bool slot)
{
	struct hold_entry entry = {.due_ns = due_ns, .order = hold->order++, .id = id, .slot = slot};

	hold->in_service += slot;
	sift_up(hold, hold->count++, entry);
}

static struct hold_entry take_out(struct hold *hold, uint32_t index)
{
	struct hold_entry entry = hold->heap[index], last = hold->heap[--hold->count];

	hold->places[entry.id].heap = 0;
	hold->in_service -= entry.slot;
	if (index == hold->count)
		return entry;
	if (index && before(&last, &hold->heap[(index - 1) / 2]))
		sift_up(hold, index, last);
	else
		sift_down(hold, index, last);
	return entry;
}

/* ---- the queue in front of the slots ---- */

static void enqueue(struct hold *hold, uint32_t id, uint64_t now_ns, uint64_t delay_ns)
{
	struct hold_place *place = &hold->places[id];

	*place = (struct hold_place){
	    .previous = hold->last, .queued = true, .arrived_ns = now_ns, .delay_ns = delay_ns};
	if (hold->last)
		hold->places[hold->last - 1].next = id + 1;
	else
		hold->first = id + 1;
	hold->last = id + 1;
}

static void unqueue(struct hold *hold, uint32_t id)
{
	struct hold_place *place = &hold->places[id];

	if (place->previous)
		hold->places[place->previous - 1].next = place->next;
	else
		hold->first = place->next;
	if (place->next)
		hold->places[place->next - 1].previous = place->previous;
	else
		hold->last = place->previous;
	place->queued = false;
	place->next = place->previous = 0;
}

/* A slot is free from free_ns on. The heap has room: an entry has just left it. */
static void start_next(struct hold *hold, uint64_t free_ns)
{
	struct hold_place *place;
	uint32_t id;
	uint64_t begin;

	if (!hold->first)
		return;
	id = hold->first - 1;
	place = &hold->places[id];
	begin = place->arrived_ns > free_ns ? place->arrived_ns : free_ns;
	unqueue(hold, id);
	insert(hold, id, begin + place->delay_ns, true);
}

/* ---- the interface ---- */

bool hold_serve(struct hold *hold, uint32_t id, uint64_t now_ns, uint64_t delay_ns)
{
	if (hold->capacity && hold->in_service >= hold->capacity) {
		enqueue(hold, id, now_ns, delay_ns);
		return true;
	}
	if (!reserve(hold))
		return false;
	insert(hold, id, now_ns + delay_ns, hold->capacity > 0);
	return true;
}

bool hold_timer(struct hold *hold, uint32_t id, uint64_t due_ns)
{
	if (!reserve(hold))
		return false;
	insert(hold, id, due_ns, false);
	return true;
}

void hold_cancel(struct hold *hold, uint32_t id, uint64_t now_ns)
{
	struct hold_place *place = &hold->places[id];
	struct hold_entry entry;

	if (place->queued) {
		unqueue(hold, id);
	} else if (place->heap) {
		entry = take_out(hold, place->heap - 1);
		if (entry.slot)
			start_next(hold, now_ns < entry.due_ns ? now_ns : entry.due_ns);
	}
}

bool hold_pop(struct hold *hold, uint64_t now_ns, uint32_t *idp)
{
	struct hold_entry entry;

	if (!hold->count || hold->heap[0].due_ns > now_ns)
		return false;
	entry = take_out(hold, 0);
	if (entry.slot)
		start_next(hold, entry.due_ns);
	*idp = entry.id;
	return true;
}
