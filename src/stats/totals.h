/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Counts and latencies of a run so far, added up over its shards while the workers continue. */
#ifndef VASTAR_STATS_TOTALS_H
#define VASTAR_STATS_TOTALS_H

#include "stats/shard.h"

struct totals {
	uint64_t responses, good, bytes;
	uint64_t status[STATUS_CODES];
	uint64_t errors[ERROR_KINDS];
	uint64_t drain_aborted, retried, unsent;
	struct hist latency;
	struct hist service; /* open loop only */
};

/* Empty. NULL: out of memory. Free it with totals_free(), which accepts NULL. */
struct totals *totals_new(void);
void totals_free(struct totals *totals);

void totals_clear(struct totals *totals);

/* The writer of `shard` may continue in the meantime: the sum lags behind by a few responses. */
void totals_add(struct totals *totals, const struct shard *shard);

/* Adds totals that nobody changes. */
void totals_join(struct totals *totals, const struct totals *other);

#endif
