/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Reads the part of a saved report about event streams. */
#include <math.h>

#include "report/saved/parts.h"

static void read_per_response(struct reader *reader, const json_t *stream, struct event_stats *events)
{
	const json_t *object = json_object_get(stream, "events_per_response");
	struct span *span = &events->per_response;
	double sum;

	if (!json_is_object(object))
		return;
	span->count = events->streams;
	span->min_ns = reader_count(reader, object, "fewest");
	span->max_ns = reader_count(reader, object, "most");
	sum = reader_number_or(reader, object, "average", 0) * (double)span->count;
	if (span->min_ns > span->max_ns || sum > SAVED_SUM_MAX)
		reader_complain(reader, "its events_per_response do not fit together");
	else
		span->sum_ns = (uint64_t)llround(sum);
}

void saved_events(struct reader *reader, const json_t *root, struct result *result)
{
	static const char *const names[] = {"first_event", "gap", "mean_gap"};
	const json_t *stream = json_object_get(root, "stream");
	struct event_stats *events;

	if (!json_is_object(stream))
		return;
	if (!shard_add_events(result->sum)) {
		reader_complain(reader, "there is no memory for its events");
		return;
	}
	events = result->sum->events;
	events->events = reader_count(reader, stream, "events");
	events->streams = reader_count(reader, stream, "streams");
	events->empty = reader_count(reader, stream, "empty");
	events->marked = reader_count(reader, stream, "marked");
	events->incomplete = reader_count(reader, stream, "incomplete");
	events->cut = reader_count(reader, stream, "cut");
	events->together = reader_count(reader, stream, "together");
	read_per_response(reader, stream, events);
	for (unsigned i = 0; i < 3; i++)
		saved_buckets(reader, reader_object(reader, stream, names[i]), names[i],
			      i == 0   ? &events->first
			      : i == 1 ? &events->gap
				       : &events->mean_gap);
}
