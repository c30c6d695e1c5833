/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The JSON report's part about event streams. */
#include "report/events.h"
#include "report/json/parts.h"

static void put_times(struct tree *tree, json_t *stream, const char *key, const struct report *report,
		      const struct hist *hist)
{
	json_t *object = tree_nest(tree, stream, key, json_object());

	json_put_percentiles(tree, object, report, hist);
	json_put_buckets(tree, object, hist);
}

static void put_per_response(struct tree *tree, json_t *stream, const struct span *span)
{
	json_t *object;

	if (!span->count) {
		tree_put(tree, stream, "events_per_response", json_null());
		return;
	}
	object = tree_nest(tree, stream, "events_per_response", json_object());
	tree_put(tree, object, "average", tree_real((double)span->sum_ns / (double)span->count));
	tree_put(tree, object, "fewest", tree_integer(span->min_ns));
	tree_put(tree, object, "most", tree_integer(span->max_ns));
}

void json_put_events(struct tree *tree, json_t *root, const struct report *report)
{
	const struct event_stats *events = report->result->sum->events;
	json_t *stream;

	if (!events) {
		tree_put(tree, root, "stream", json_null());
		return;
	}
	stream = tree_nest(tree, root, "stream", json_object());
	tree_put(tree, stream, "events", tree_integer(events->events));
	tree_put(tree, stream, "events_per_s", tree_real(events_per_second(report->result)));
	put_per_response(tree, stream, &events->per_response);
	tree_put(tree, stream, "streams", tree_integer(events->streams));
	tree_put(tree, stream, "empty", tree_integer(events->empty));
	tree_put(tree, stream, "marked", tree_integer(events->marked));
	tree_put(tree, stream, "incomplete", tree_integer(events->incomplete));
	tree_put(tree, stream, "cut", tree_integer(events->cut));
	tree_put(tree, stream, "unended", tree_integer(event_stats_unended(events)));
	tree_put(tree, stream, "together", tree_integer(events->together));
	tree_put(tree, stream, "together_share",
		 events->events ? tree_real((double)events->together / (double)events->events) : json_null());
	put_times(tree, stream, "first_event", report, &events->first);
	put_times(tree, stream, "gap", report, &events->gap);
	put_times(tree, stream, "mean_gap", report, &events->mean_gap);
}
