/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/totals.h"

#include <string.h>

#include "base/pages.h"

struct totals *totals_new(void)
{
	struct totals *totals = pages_new(sizeof(*totals));

	if (totals) {
		hist_init(&totals->latency);
		hist_init(&totals->service);
	}
	return totals;
}

void totals_free(struct totals *totals)
{
	pages_free(totals, sizeof(*totals));
}

void totals_clear(struct totals *totals)
{
	memset(totals, 0, sizeof(*totals));
	hist_init(&totals->latency);
	hist_init(&totals->service);
}

void totals_add(struct totals *totals, const struct shard *shard)
{
	totals->responses += hist_load(&shard->responses);
	totals->good += hist_load(&shard->good);
	totals->bytes += hist_load(&shard->bytes);
	for (unsigned code = 0; code < STATUS_CODES; code++)
		totals->status[code] += hist_load(&shard->status[code]);
	for (unsigned kind = 0; kind < ERROR_KINDS; kind++)
		totals->errors[kind] += hist_load(&shard->errors[kind]);
	totals->drain_aborted += hist_load(&shard->drain_aborted);
	totals->retried += hist_load(&shard->retried);
	totals->unsent += hist_load(&shard->unsent);
	hist_merge(&totals->latency, &shard->latency);
	hist_merge(&totals->service, &shard->service);
}

void totals_join(struct totals *totals, const struct totals *other)
{
	totals->responses += other->responses;
	totals->good += other->good;
	totals->bytes += other->bytes;
	for (unsigned code = 0; code < STATUS_CODES; code++)
		totals->status[code] += other->status[code];
	for (unsigned kind = 0; kind < ERROR_KINDS; kind++)
		totals->errors[kind] += other->errors[kind];
	totals->drain_aborted += other->drain_aborted;
	totals->retried += other->retried;
	totals->unsent += other->unsent;
	hist_merge(&totals->latency, &other->latency);
	hist_merge(&totals->service, &other->service);
}
