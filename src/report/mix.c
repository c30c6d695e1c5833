/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/mix.h"

#include <inttypes.h>
#include <stdlib.h>

static int by_time(const void *a, const void *b, void *shard)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const struct mixed_stats *mix = ((const struct shard *)shard)->mix;
	uint64_t left = mix[x].latency.sum_ns, right = mix[y].latency.sum_ns;

	if (left != right)
		return left > right ? -1 : 1;
	if (mix[x].errors != mix[y].errors)
		return mix[x].errors > mix[y].errors ? -1 : 1;
	return (x > y) - (x < y);
}

uint32_t *mix_order(const struct report *report)
{
	struct shard *sum = report->result->sum;
	uint32_t *order = calloc(sum->mix_count + 1, sizeof(*order));

	for (uint32_t i = 0; order && i < sum->mix_count; i++)
		order[i] = i;
	if (order)
		qsort_r(order, sum->mix_count, sizeof(*order), by_time, sum);
	return order;
}

struct mix_codes mix_codes(const struct mixed_stats *mixed)
{
	struct mix_codes text = {""};
	size_t used = 0;

	for (unsigned i = 0; i < MIXED_STATUSES && mixed->statuses[i].code; i++)
		used += (size_t)snprintf(text.s + used, sizeof(text.s) - used, "%s%u: %" PRIu64,
					 i ? ", " : "", mixed->statuses[i].code, mixed->statuses[i].count);
	if (mixed->others)
		snprintf(text.s + used, sizeof(text.s) - used, ", others: %" PRIu64, mixed->others);
	return text;
}
