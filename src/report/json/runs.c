/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The JSON report's parts about the runs it is made of. */
#include "report/json/parts.h"
#include "report/merged.h"

static void put_repeats(struct tree *tree, json_t *root, const struct repeats *repeats)
{
	json_t *array = tree_nest(tree, root, "repeats", json_array());

	for (unsigned i = 0; i < repeats->count; i++) {
		const struct repeat *repeat = &repeats->items[i];
		json_t *run = json_object();

		tree_put(tree, run, "rps", tree_real(repeat->rps));
		tree_put(tree, run, "goodput_rps", tree_real(repeat->goodput_rps));
		tree_put(tree, run, "p50_s", tree_real(repeat->p50_s));
		tree_put(tree, run, "p90_s", tree_real(repeat->p90_s));
		tree_put(tree, run, "p99_s", tree_real(repeat->p99_s));
		tree_put(tree, run, "p999_s", tree_real(repeat->p999_s));
		tree_put(tree, run, "error_rate", tree_real(repeat->error_rate));
		tree_put(tree, run, "cpu", tree_real(repeat->cpu));
		tree_append(tree, array, run);
	}
}

static void put_merged(struct tree *tree, json_t *root, const struct merged *merged)
{
	json_t *object = tree_nest(tree, root, "merged", json_object());

	tree_put(tree, object, "overlap", tree_string(overlap_names[merged->overlap]));
	tree_put(tree, object, "busy_s", tree_seconds(merged->busy_ns));
	tree_put(tree, object, "span_s", tree_seconds(merged->span_ns));
	if (*merged->note)
		tree_put(tree, object, "note", tree_string(merged->note));
	json_t *array = tree_nest(tree, object, "runs", json_array());

	for (unsigned i = 0; i < merged->count; i++) {
		const struct merged_run *run = &merged->runs[i];
		json_t *entry = json_object();

		tree_put(tree, entry, "file", tree_string(run->file));
		tree_put(tree, entry, "url", tree_string(run->url));
		tree_put(tree, entry, "started_at", tree_string(run->started_at.s));
		tree_put(tree, entry, "total_s", tree_seconds(run->total_ns));
		tree_put(tree, entry, "requests", tree_integer(run->requests));
		tree_put(tree, entry, "rps", tree_real(run->rps));
		tree_append(tree, array, entry);
	}
}

void json_put_runs(struct tree *tree, json_t *root, const struct report *report)
{
	if (report->repeats && report->repeats->count > 1)
		put_repeats(tree, root, report->repeats);
	if (!report->merged)
		return;
	put_merged(tree, root, report->merged);
	json_put_hosts(tree, root, report->merged);
}
