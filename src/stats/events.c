/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/events.h"

#include "base/pages.h"

struct event_stats *event_stats_new(void)
{
	struct event_stats *stats = pages_new(sizeof(*stats));

	if (!stats)
		return NULL;
	hist_init(&stats->first);
	hist_init(&stats->gap);
	hist_init(&stats->mean_gap);
	span_init(&stats->per_response);
	return stats;
}

void event_stats_free(struct event_stats *stats)
{
	if (stats)
		pages_free(stats, sizeof(*stats));
}

void event_stats_merge(struct event_stats *into, const struct event_stats *from)
{
	into->events += from->events;
	into->together += from->together;
	into->streams += from->streams;
	into->empty += from->empty;
	into->marked += from->marked;
	into->incomplete += from->incomplete;
	into->cut += from->cut;
	hist_merge(&into->first, &from->first);
	hist_merge(&into->gap, &from->gap);
	hist_merge(&into->mean_gap, &from->mean_gap);
	span_merge(&into->per_response, &from->per_response);
}

uint64_t event_stats_unended(const struct event_stats *stats)
{
	uint64_t complete = stats->streams + stats->empty;

	return stats->cut + (stats->marked ? complete - stats->marked : stats->incomplete);
}
