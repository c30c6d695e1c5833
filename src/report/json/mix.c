/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The JSON report's part about each of several requests. */
#include "report/json/parts.h"

static void put_status_codes(struct tree *tree, json_t *object, const struct mixed_stats *mixed)
{
	json_t *codes = tree_nest(tree, object, "status_codes", json_object());

	for (unsigned i = 0; i < MIXED_STATUSES && mixed->statuses[i].code; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%u", mixed->statuses[i].code);
		tree_put(tree, codes, name, tree_integer(mixed->statuses[i].count));
	}
	tree_put(tree, object, "other_status_codes", tree_integer(mixed->others));
}

static void put_errors(struct tree *tree, json_t *object, const struct mixed_stats *mixed)
{
	json_t *kinds = tree_nest(tree, object, "errors_by_kind", json_object());

	tree_put(tree, object, "errors", tree_integer(mixed->errors));
	for (unsigned kind = 0; kind < ERROR_KINDS; kind++)
		if (mixed->failed[kind])
			tree_put(tree, kinds, error_kind_names[kind], tree_integer(mixed->failed[kind]));
}

static void put_latency(struct tree *tree, json_t *object, const struct report *report,
			const struct hist *latency)
{
	bool known = latency->count > 0;

	tree_put(tree, object, "fastest_s", tree_seconds_if(known, latency->min_ns));
	tree_put(tree, object, "slowest_s", tree_seconds_if(known, latency->max_ns));
	tree_put(tree, object, "average_s", tree_real_if(known, hist_mean_s(latency)));
	tree_put(tree, object, "stddev_s", tree_real_if(known, hist_stddev_s(latency)));
	json_put_percentiles(tree, object, report, latency);
	json_put_buckets(tree, object, latency);
}

void json_put_mix(struct tree *tree, json_t *root, const struct report *report)
{
	const struct mix *mix = &report->plan->mix;
	const struct shard *sum = report->result->sum;
	json_t *array;

	if (!sum->mix_count)
		return;
	array = tree_nest(tree, root, "by_request", json_array());
	for (uint32_t i = 0; i < sum->mix_count; i++) {
		const struct mixed_stats *mixed = &sum->mix[i];
		json_t *object = json_object();

		tree_append(tree, array, object);
		tree_put(tree, object, "url", tree_string(mix->requests[i].url));
		tree_put(tree, object, "method", tree_string(mix->requests[i].method));
		tree_put(tree, object, "weight", tree_integer(mix->requests[i].weight));
		tree_put(tree, object, "responses", tree_integer(mixed->responses));
		tree_put(tree, object, "drain_aborted", tree_integer(mixed->drain_aborted));
		put_errors(tree, object, mixed);
		put_status_codes(tree, object, mixed);
		put_latency(tree, object, report, &mixed->latency);
	}
}
