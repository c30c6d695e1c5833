/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The JSON report's parts about a load that changes over time. */
#include "report/json/parts.h"
#include "report/load.h"

void json_put_stage_params(struct tree *tree, json_t *params, const struct schedule *schedule)
{
	json_t *stages;

	if (!schedule->stage_count) {
		tree_put(tree, params, "stages", json_null());
		return;
	}
	stages = tree_nest(tree, params, "stages", json_array());
	for (uint32_t i = schedule->warmup; i < schedule->stage_count; i++) {
		const struct schedule_stage *stage = &schedule->stages[i];
		json_t *object = json_object();

		tree_put(tree, object, "from", tree_real(stage->from));
		tree_put(tree, object, "to", tree_real(stage->to));
		tree_put(tree, object, "duration_s",
			 tree_seconds_if(stage->length_ns != SCHEDULE_ENDLESS, stage->length_ns));
		tree_append(tree, stages, object);
	}
}

void json_put_stages(struct tree *tree, json_t *root, const struct report *report)
{
	const struct shard *sum = report->result->sum;
	const struct schedule *schedule = &report->plan->schedule;
	json_t *stages;

	if (!sum->stage_count)
		return;
	stages = tree_nest(tree, root, "stages", json_array());
	for (uint32_t i = 0; i < sum->stage_count; i++) {
		const struct stage_stats *stage = &sum->stages[i];
		const struct schedule_stage *asked = &schedule->stages[i + schedule->warmup];
		json_t *object = json_object();

		tree_put(tree, object, "start_s",
			 tree_seconds(asked->start_ns - schedule->stages[schedule->warmup].start_ns));
		tree_put(tree, object, "duration_s", tree_seconds(asked->length_ns));
		tree_put(tree, object, "from", tree_real(asked->from));
		tree_put(tree, object, "to", tree_real(asked->to));
		tree_put(tree, object, "responses", tree_integer(stage->responses));
		tree_put(tree, object, "non_2xx", tree_integer(stage->responses - stage->good));
		tree_put(tree, object, "errors", tree_integer(stage->errors));
		tree_put(tree, object, "drain_aborted", tree_integer(stage->drain_aborted));
		tree_put(tree, object, "unsent", tree_integer(stage->unsent));
		json_put_percentiles(tree, tree_nest(tree, object, "latency", json_object()), report,
				     &stage->latency);
		json_put_percentiles(tree, tree_nest(tree, object, "service", json_object()), report,
				     &stage->service);
		tree_append(tree, stages, object);
	}
}

void json_put_until(struct tree *tree, json_t *root, const struct report *report)
{
	const struct until *asked = &report->plan->until;
	const struct precision *precision = &report->result->facts.precision;
	json_t *until;

	if (!*asked->name)
		return;
	until = tree_nest(tree, root, "until", json_object());
	tree_put(tree, until, "percentile", tree_string(asked->name));
	tree_put(tree, until, "tolerance", tree_real(asked->tolerance));
	tree_put(tree, until, "reached", json_boolean(report->result->facts.precise));
	tree_put(tree, until, "value_s", tree_seconds_if(precision->estimate_ns, precision->estimate_ns));
	tree_put(tree, until, "low_s", tree_seconds_if(precision->low_ns, precision->low_ns));
	tree_put(tree, until, "high_s", tree_seconds_if(precision->high_ns, precision->high_ns));
	tree_put(tree, until, "dispersion", tree_real(precision->dispersion));
	tree_put(tree, until, "dependent", json_boolean(precision->dependent));
}

void json_put_warmup(struct tree *tree, json_t *root, const struct report *report)
{
	const struct shard *shard = report->result->warmup;
	json_t *warmup;

	if (!shard)
		return;
	warmup = tree_nest(tree, root, "warmup", json_object());
	tree_put(tree, warmup, "duration_s", tree_seconds(report->plan->warmup_ns));
	tree_put(tree, warmup, "responses", tree_integer(shard->responses));
	tree_put(tree, warmup, "errors", tree_integer(shard_errors(shard)));
	tree_put(tree, warmup, "drain_aborted", tree_integer(shard->drain_aborted));
	json_put_percentiles(tree, tree_nest(tree, warmup, "latency", json_object()), report,
			     &shard->latency);
}
