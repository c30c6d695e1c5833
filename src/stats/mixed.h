/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Several requests in one run: what happened to each of them. */
#ifndef VASTAR_STATS_MIXED_H
#define VASTAR_STATS_MIXED_H

#include "stats/hist.h"

enum { MIXED_STATUSES = 8, MIXED_KINDS = 16 };

struct mixed_status {
	uint16_t code; /* 0: none */
	uint64_t count;
};

struct mixed_stats {
	uint64_t responses, errors, drain_aborted;
	uint64_t failed[MIXED_KINDS]; /* errors by enum error_kind */
	/* The first status codes seen; the rest count as others. */
	struct mixed_status statuses[MIXED_STATUSES];
	uint64_t others;
	struct hist latency; /* as in the shard */
};

/* Pages that are never written use no memory. NULL: out of memory. */
struct mixed_stats *mixed_new(uint32_t count);
void mixed_free(struct mixed_stats *mixed, uint32_t count); /* NULL is allowed */

void mixed_response(struct mixed_stats *mixed, unsigned status, uint64_t latency_ns) __attribute__((cold));
void mixed_error(struct mixed_stats *mixed, unsigned kind);

/* Counts `count` responses with this status. */
void mixed_status(struct mixed_stats *mixed, unsigned status, uint64_t count);

void mixed_merge(struct mixed_stats *into, const struct mixed_stats *from);

/* Responses with 2xx, without those that were counted as others. */
uint64_t mixed_good(const struct mixed_stats *mixed);

#endif
