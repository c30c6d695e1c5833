/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/counts.h"

#include <stddef.h>
#include <string.h>

void serve_counts_sum(const struct serve_shards *shards, struct serve_counts *sum)
{
	uint64_t *into = (uint64_t *)sum;

	memset(sum, 0, sizeof(*sum));
	for (unsigned i = 0; i < shards->count; i++) {
		const uint64_t *from = (const uint64_t *)shards->each[i];

		for (size_t k = 0; k < sizeof(*sum) / sizeof(*into); k++)
			into[k] += __atomic_load_n(&from[k], __ATOMIC_RELAXED);
	}
}
