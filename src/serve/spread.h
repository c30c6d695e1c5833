/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Spreads connections evenly over the workers. The kernel distributes them by a hash of their addresses:
 * with ten connections and eight workers, some workers get none and some three. The worker that accepts a
 * connection passes it to the one with the fewest.
 */
#ifndef VASTAR_SERVE_SPREAD_H
#define VASTAR_SERVE_SPREAD_H

#include <stdbool.h>
#include <stdint.h>

struct spread_place {
	uint32_t load; /* its connections, including those on their way to it */
	int ring;      /* its descriptor; -1: not open */
} __attribute__((aligned(64)));

/* Shared by all workers. */
struct spread {
	struct spread_place *each; /* [count], owned */
	unsigned count;
};

/* False: out of memory. Deinit it even then. */
bool spread_init(struct spread *spread, unsigned workers);
void spread_deinit(struct spread *spread);

/* The ring of a worker is open. Call it before any worker accepts. */
void spread_open(struct spread *spread, unsigned worker, int ring);

/* Chooses the worker for a connection that `worker` has accepted, and counts it there. */
unsigned spread_take(struct spread *spread, unsigned worker);
/* `from` could not accept it: it stays at `to`. */
void spread_move(struct spread *spread, unsigned from, unsigned to);
/* It has been closed. */
void spread_drop(struct spread *spread, unsigned worker);

#endif
