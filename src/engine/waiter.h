/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How a worker waits for completions. See waiter.c for the ways, what each costs, and how one is chosen.
 */
#ifndef VASTAR_ENGINE_WAITER_H
#define VASTAR_ENGINE_WAITER_H

#include "io/ring.h"

struct waiter {
	uint32_t spins_to_skip; /* waits that block at once, since spinning has not paid lately */
	uint32_t backoff;	/* how many that were last time */
	uint64_t spun_ns;	/* time spent spinning, to be taken off the worker's CPU time */
};

/* Submits what is queued and returns as soon as at least one completion is there, or at until_ns. */
void waiter_wait(struct waiter *waiter, struct ring *ring, uint64_t until_ns);

#endif
