/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/prometheus/buckets.h"

uint64_t buckets_bound_ns(unsigned i)
{
	unsigned doubling = BUCKETS_FIRST_DOUBLING + i / BUCKETS_STEPS, step = i % BUCKETS_STEPS;

	/* The first value above the bound begins one of our buckets. */
	return (UINT64_C(1) << doubling) / BUCKETS_STEPS * (BUCKETS_STEPS + step) - 1;
}

/* The buckets decide, not hist->count: of a histogram that is being written they may lag behind it. */
void buckets_count(const struct hist *hist, uint64_t up_to[BUCKETS + 1])
{
	uint64_t seen = 0;
	uint32_t bucket = 0;

	for (unsigned i = 0; i < BUCKETS; i++) {
		while (bucket < HIST_BUCKETS && hist_bucket_to(bucket) <= buckets_bound_ns(i))
			seen += hist->counts[bucket++];
		up_to[i] = seen;
	}
	while (bucket < HIST_BUCKETS)
		seen += hist->counts[bucket++];
	up_to[BUCKETS] = seen;
}
