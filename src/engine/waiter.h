/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How a worker waits for completions: carries out the ways of wait_choice.h on a ring. */
#ifndef VASTAR_ENGINE_WAITER_H
#define VASTAR_ENGINE_WAITER_H

#include "engine/wait_choice.h"
#include "io/ring.h"

struct waiter {
	struct wait_choice choice;
	uint64_t responses;			    /* so far */
	uint64_t received;			    /* bytes so far */
	uint64_t median_ns;			    /* rough median of the latencies */
	uint32_t lately_responses, lately_receives; /* both are halved at lately_max responses */
	uint32_t lately_max;
	uint32_t spins_to_skip; /* waits that block at once, because spinning has not paid off recently */
	uint32_t backoff;	/* the last value of spins_to_skip */
	/* Time spent spinning or pausing, to subtract from the worker's CPU time; atomic for others. */
	uint64_t spun_ns;
	uint64_t waits[WAIT_WAYS]; /* how often each way was used */
	uint8_t way;		   /* enum wait_way: the last one used */
	bool waking;		   /* the next spin is long enough to wake the other side */
	bool fixed;		   /* always spin, then block: a choice gains nothing */
};

/* `paced`: requests are sent on a schedule, not when a response arrives. `connections`: those of this
 * ring. */
void waiter_init(struct waiter *waiter, const struct ring *ring, bool paced, uint32_t connections,
		 uint64_t now_ns);

/* A response is complete. The median moves by a 64th towards each latency, and faster at first. It settles
 * where as many latencies are above it as below. */
static inline void waiter_response(struct waiter *waiter, uint64_t latency_ns)
{
	uint64_t step = waiter->median_ns / (waiter->responses < 256 ? 8 : 64) + 1;

	if (!waiter->responses)
		waiter->median_ns = latency_ns;
	waiter->responses++;
	if (latency_ns > waiter->median_ns)
		waiter->median_ns += step;
	else if (latency_ns < waiter->median_ns)
		waiter->median_ns -= step;
	if (++waiter->lately_responses >= waiter->lately_max) {
		waiter->lately_responses /= 2;
		waiter->lately_receives /= 2;
	}
}

/* A receive has completed. `bytes`: 0 at the end of the stream. */
static inline void waiter_received(struct waiter *waiter, uint64_t bytes)
{
	waiter->received += bytes;
	waiter->lately_receives++;
}

/* Roughly how many receives a response takes; before the first response is complete, the number of
 * receives. */
static inline double waiter_receives(const struct waiter *waiter)
{
	return (double)waiter->lately_receives / (waiter->lately_responses + 1.0);
}

/* Submits what is queued and returns as soon as at least one completion arrives, or at until_ns. At most
 * `expected` completions can come. `now_ns`: a clock reading not older than the last completion. */
void waiter_wait(struct waiter *waiter, struct ring *ring, uint64_t now_ns, uint64_t until_ns,
		 uint32_t expected);

/* The same for a paced load that has to send at until_ns and must be awake then: it sleeps until shortly
 * before, and spins on the clock for the rest. */
void waiter_wait_for_tick(struct waiter *waiter, struct ring *ring, uint64_t until_ns);

#endif
