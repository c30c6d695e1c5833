/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/mixed.h"

#include "base/pages.h"

struct mixed_stats *mixed_new(uint32_t count)
{
	struct mixed_stats *mixed = pages_new(count * sizeof(*mixed));

	for (uint32_t i = 0; mixed && i < count; i++)
		hist_init(&mixed[i].latency);
	return mixed;
}

void mixed_free(struct mixed_stats *mixed, uint32_t count)
{
	pages_free(mixed, count * sizeof(*mixed));
}

void mixed_status(struct mixed_stats *mixed, unsigned status, uint64_t count)
{
	for (unsigned i = 0; i < MIXED_STATUSES; i++) {
		struct mixed_status *at = &mixed->statuses[i];

		if (at->code == status || !at->code) {
			at->code = (uint16_t)status;
			at->count += count;
			return;
		}
	}
	mixed->others += count;
}

void mixed_response(struct mixed_stats *mixed, unsigned status, uint64_t latency_ns)
{
	mixed->responses++;
	mixed_status(mixed, status, 1);
	hist_record(&mixed->latency, latency_ns);
}

void mixed_error(struct mixed_stats *mixed, unsigned kind)
{
	mixed->errors++;
	mixed->failed[kind]++;
}

void mixed_merge(struct mixed_stats *into, const struct mixed_stats *from)
{
	into->responses += from->responses;
	into->errors += from->errors;
	into->drain_aborted += from->drain_aborted;
	into->others += from->others;
	for (unsigned i = 0; i < MIXED_KINDS; i++)
		into->failed[i] += from->failed[i];
	for (unsigned i = 0; i < MIXED_STATUSES && from->statuses[i].code; i++)
		mixed_status(into, from->statuses[i].code, from->statuses[i].count);
	hist_merge(&into->latency, &from->latency);
}

uint64_t mixed_good(const struct mixed_stats *mixed)
{
	uint64_t good = 0;

	for (unsigned i = 0; i < MIXED_STATUSES; i++)
		if (mixed->statuses[i].code >= 200 && mixed->statuses[i].code < 300)
			good += mixed->statuses[i].count;
	return good;
}
