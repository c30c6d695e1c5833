/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Event streams: when the events of the responses arrived. A shard has this only with --stream. */
#ifndef VASTAR_STATS_EVENTS_H
#define VASTAR_STATS_EVENTS_H

#include "stats/hist.h"
#include "stats/span.h"

struct event_stats {
	uint64_t events; /* of all responses, also of those that were cut off later */
	/* Those that arrived at the same time as the event before: in one receive, or in one pass. */
	uint64_t together;
	uint64_t streams;    /* complete 2xx responses with at least one event */
	uint64_t empty;	     /* ... without one */
	uint64_t marked;     /* ... that ended with "[DONE]" */
	uint64_t incomplete; /* ... whose last event was incomplete */
	uint64_t cut;	     /* responses that failed after their first event */
	struct hist first;   /* to the first event, from where the latency of the response begins */
	struct hist gap;     /* between the events of a response, pooled */
	/* The mean gap of each complete response with two events or more. */
	struct hist mean_gap;
	struct span per_response; /* number of events in a complete response, not a time */
};

/* NULL: out of memory. Pages that are never written use no memory. */
struct event_stats *event_stats_new(void);
void event_stats_free(struct event_stats *stats); /* NULL is allowed */

/* Adds `from` to *into. */
void event_stats_merge(struct event_stats *into, const struct event_stats *from);

/* Streams without a proper end: cut off, in the middle of an event, or, if others had it, without the mark
 * "[DONE]". */
uint64_t event_stats_unended(const struct event_stats *stats);

#endif
