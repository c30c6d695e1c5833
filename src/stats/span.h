/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Times of one kind: how many, their sum, the shortest and the longest. */
#ifndef VASTAR_STATS_SPAN_H
#define VASTAR_STATS_SPAN_H

#include <stdint.h>

struct span {
	uint64_t count, sum_ns, min_ns, max_ns; /* min_ns is UINT64_MAX while count is 0 */
};

static inline void span_init(struct span *span)
{
	*span = (struct span){.min_ns = UINT64_MAX};
}

static inline void span_record(struct span *span, uint64_t ns)
{
	span->count++;
	span->sum_ns += ns;
	if (ns < span->min_ns)
		span->min_ns = ns;
	if (ns > span->max_ns)
		span->max_ns = ns;
}

static inline void span_merge(struct span *into, const struct span *from)
{
	into->count += from->count;
	into->sum_ns += from->sum_ns;
	if (from->min_ns < into->min_ns)
		into->min_ns = from->min_ns;
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
}

#endif
