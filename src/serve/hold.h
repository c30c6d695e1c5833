/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How long responses are held back: the distributions of the delay, and the capacity model, a queue with K
 * servers. Pure logic: the caller has the clock.
 *
 * With a capacity, at most K entries are in service; the others wait in order of arrival. A service that ends
 * at t lets the next entry begin at t (or at its arrival, if later), not when the caller notices it. So the
 * queue is that of the textbook; only the responses leave late, by the time that the machine needs.
 */
#ifndef VASTAR_SERVE_HOLD_H
#define VASTAR_SERVE_HOLD_H

#include "serve/settings.h"

/* A random sequence, reproducible by its seed. */
struct hold_random {
	uint64_t state;
};

/* `stream` separates the sequences of one seed: the number of the worker. */
void hold_random_init(struct hold_random *random, uint64_t seed, uint64_t stream);
bool hold_chance(struct hold_random *random, double share); /* true in this share of the calls */
uint64_t hold_number(struct hold_random *random);
uint64_t hold_draw(const struct serve_delay *delay, struct hold_random *random);

struct hold_entry {
	uint64_t due_ns;
	uint64_t order; /* entries due at the same instant leave in the order they came */
	uint32_t id;
	bool slot; /* takes one of the capacity's */
};

/* Each id is in at most one place: in the heap, or in the queue. */
struct hold_place {
	uint32_t heap;		 /* index + 1; 0: absent */
	uint32_t next, previous; /* in the queue, ids + 1 */
	bool queued;
	uint64_t arrived_ns, delay_ns; /* in the queue */
};

struct hold {
	struct hold_entry *heap;
	struct hold_place *places;
	uint64_t order;
	uint32_t count, size; /* of the heap */
	uint32_t capacity;    /* 0: no limit */
	uint32_t in_service;
	uint32_t first, last; /* of the queue, ids + 1 */
};

/* For ids below `ids`; false: out of memory. Memory of ids that are never used stays untouched. */
bool hold_init(struct hold *hold, uint32_t ids, uint32_t capacity);
void hold_deinit(struct hold *hold);

/* A request that arrived at `now_ns` and takes `delay_ns`: hold_pop() returns its id when it is done. The
 * entry must not be held already. False: out of memory. */
bool hold_serve(struct hold *hold, uint32_t id, uint64_t now_ns, uint64_t delay_ns);

/* Returns the id at due_ns, independently of the capacity. */
bool hold_timer(struct hold *hold, uint32_t id, uint64_t due_ns);

/* Drops an entry; its slot goes to the next one. Does nothing when it is not held. */
void hold_cancel(struct hold *hold, uint32_t id, uint64_t now_ns);

/* Takes the earliest entry that is due at now_ns; false when none is. */
bool hold_pop(struct hold *hold, uint64_t now_ns, uint32_t *idp);

/* When the next entry is due; UINT64_MAX: none. */
static inline uint64_t hold_next(const struct hold *hold)
{
	return hold->count ? hold->heap[0].due_ns : UINT64_MAX;
}

#endif
