/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/spread.h"

#include <stdlib.h>
#include <string.h>

/* A worker may have a LEEWAYth more connections than another: passing one on costs about as much as accepting
 * it. */
enum { LEEWAY = 16 };

bool spread_init(struct spread *spread, unsigned workers)
{
	size_t bytes = workers * sizeof(*spread->each);

	spread->count = 0;
	spread->each = aligned_alloc(_Alignof(struct spread_place), bytes);
	if (!spread->each)
		return false;
	memset(spread->each, 0, bytes);
	spread->count = workers;
	for (unsigned i = 0; i < workers; i++)
		spread->each[i].ring = -1;
	return true;
}

void spread_deinit(struct spread *spread)
{
	free(spread->each);
	spread->each = NULL;
}

void spread_open(struct spread *spread, unsigned worker, int ring)
{
	__atomic_store_n(&spread->each[worker].ring, ring, __ATOMIC_RELAXED);
}

static uint32_t load_of(const struct spread *spread, unsigned worker)
{
	return __atomic_load_n(&spread->each[worker].load, __ATOMIC_RELAXED);
}

static void add(struct spread *spread, unsigned worker, uint32_t more)
{
	__atomic_fetch_add(&spread->each[worker].load, more, __ATOMIC_RELAXED);
}

unsigned spread_take(struct spread *spread, unsigned worker)
{
	unsigned least = worker;
	uint32_t load = load_of(spread, worker);

	for (unsigned i = 0; i < spread->count; i++)
		if (load_of(spread, i) < load_of(spread, least))
			least = i;
	if (load <= load_of(spread, least) + load / LEEWAY)
		least = worker;
	add(spread, least, 1);
	return least;
}

void spread_move(struct spread *spread, unsigned from, unsigned to)
{
	add(spread, from, UINT32_MAX); /* one less */
	add(spread, to, 1);
}

void spread_drop(struct spread *spread, unsigned worker)
{
	add(spread, worker, UINT32_MAX); /* one less */
}
