/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Several requests: which of them each connection of a worker sends. */
#ifndef VASTAR_ENGINE_MIXER_H
#define VASTAR_ENGINE_MIXER_H

#include "base/random.h"
#include "plan/plan.h"

struct mixer {
	/* [connections]: the request that each sends, or has sent last. Before its first, one of its
	 * host. NULL: the plan has one request. */
	uint32_t *picks;
	const struct mix *mix;
	uint32_t *next; /* [host_count]: the turn of each host */
	uint64_t random;
};

/* For a worker whose first connection is number `first` of the run. False: out of memory; call
 * mixer_deinit() even then. */
bool mixer_init(struct mixer *mixer, const struct vastar_plan *plan, uint32_t worker, uint32_t first,
		uint32_t connections);
void mixer_deinit(struct mixer *mixer);

static inline uint32_t mixer_pick(const struct mixer *mixer, uint32_t conn)
{
	return mixer->picks ? mixer->picks[conn] : 0;
}

/* Picks the next request for the connection, of the same host. */
void mixer_turn(struct mixer *mixer, uint32_t conn);

#endif
