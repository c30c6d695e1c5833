/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/json/parts.h"

#include "base/clock.h"
#include "base/pages.h"
#include "report/histogram.h"
#include "report/percentiles.h"

void json_put_percentiles(struct tree *tree, json_t *object, const struct report *report,
			  const struct hist *hist)
{
	struct percentiles all = percentiles_all(report);
	json_t *percentiles = tree_nest(tree, object, "percentiles", json_object());
	json_t *weak = tree_nest(tree, object, "weak", json_array());
	json_t *confidence = tree_nest(tree, object, "confidence", json_object());

	for (unsigned i = 0; i < all.count; i++) {
		double percent = all.list[i].percent;
		struct text name = fmt_percent(percent);
		uint64_t low, high;

		tree_put(tree, percentiles, name.s,
			 tree_seconds_if(hist->count, hist_percentile(hist, percent)));
		if (hist_weak(hist, percent))
			tree_append(tree, weak, tree_string(name.s));
		hist_interval(hist, percent, &low, &high);
		json_t *interval = tree_nest(tree, confidence, name.s, json_array());

		tree_append(tree, interval, tree_seconds_if(low, low));
		tree_append(tree, interval, tree_seconds_if(high, high));
	}
}

static void put_range(struct tree *tree, json_t *array, json_t *from, json_t *to, uint64_t count)
{
	json_t *range = json_object();

	tree_put(tree, range, "from_s", from);
	tree_put(tree, range, "to_s", to);
	tree_put(tree, range, "count", tree_integer(count));
	tree_append(tree, array, range);
}

void json_put_buckets(struct tree *tree, json_t *object, const struct hist *hist)
{
	json_t *buckets = tree_nest(tree, object, "histogram", json_array());

	if (!hist->count)
		return;
	for (uint32_t i = hist_index(hist->min_ns); i <= hist_index(hist->max_ns); i++) {
		if (hist->counts[i])
			put_range(tree, buckets, tree_seconds(hist_bucket_from(i)),
				  tree_seconds(hist_bucket_to(i)), hist->counts[i]);
	}
}

void json_put_latency(struct tree *tree, json_t *root, const struct report *report)
{
	const struct hist *hist = &report->result->sum->latency;
	json_t *latency = tree_nest(tree, root, "latency", json_object());
	struct bars bars;

	json_put_percentiles(tree, latency, report, hist);
	json_put_buckets(tree, latency, hist);
	bars_make(&bars, hist, report->options.hist_bins);
	tree_put(tree, latency, "bars_scale", tree_string(bars.logarithmic ? "logarithmic" : "linear"));
	json_t *array = tree_nest(tree, latency, "bars", json_array());

	for (unsigned i = 0; i < bars.count; i++)
		put_range(tree, array, tree_real(bars.bars[i].from_ns * 1e-9),
			  tree_real(bars.bars[i].to_ns * 1e-9), bars.bars[i].count);
}

/* Open loop: the latencies of the same exchanges from the send, and the requests that the end of the run
 * cut off. */
void json_put_service(struct tree *tree, json_t *root, const struct report *report)
{
	const struct shard *sum = report->result->sum;
	json_t *service, *censored;
	uint64_t age = sum->unsent_age.count ? sum->unsent_age.max_ns : 0;

	if (report->plan->pace.kind != PACE_OPEN)
		return;
	service = tree_nest(tree, root, "service", json_object());
	json_put_percentiles(tree, service, report, &sum->service);
	json_put_buckets(tree, service, &sum->service);
	if (sum->aborted_age.count && sum->aborted_age.max_ns > age)
		age = sum->aborted_age.max_ns;
	censored = tree_nest(tree, root, "censored", json_object());
	tree_put(tree, censored, "sent", tree_integer(sum->drain_aborted));
	tree_put(tree, censored, "unsent", tree_integer(sum->unsent));
	tree_put(tree, censored, "max_age_s", tree_seconds_if(sum->drain_aborted + sum->unsent, age));
	tree_put(tree, censored, "backlog_max", tree_integer(sum->backlog_max));
	tree_put(tree, censored, "wait_max_s", tree_seconds(sum->wait_max_ns));
}

/* Each class of status codes by itself: such responses differ in more than their latency. */
void json_put_classes(struct tree *tree, json_t *root, const struct report *report)
{
	struct hist *scratch;
	json_t *classes;

	if (!result_classes_differ(report->result))
		return;
	scratch = pages_new(sizeof(*scratch));
	tree->failed |= !scratch;
	classes = tree_nest(tree, root, "latency_by_status", json_object());
	for (unsigned class = 2; scratch && class < CLASS_FIRST + CLASSES; class ++) {
		const struct hist *latency = result_class_latency(report->result, class, scratch);
		char name[] = "2xx";

		if (!latency)
			continue;
		name[0] = (char)('0' + class);
		json_t *object = tree_nest(tree, classes, name, json_object());

		tree_put(tree, object, "responses", tree_integer(latency->count));
		json_put_percentiles(tree, object, report, latency);
		json_put_buckets(tree, object, latency);
	}
	pages_free(scratch, sizeof(*scratch));
}
