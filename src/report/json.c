/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The report for programs. Names and order are a promise; tests/data/bench.schema.json describes them.
 * Seconds end in _s, milliseconds in _ms, counts are plain; what has no sample or no bound is null. Request
 * headers and credentials are not part of it.
 */
#include "report/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/format.h"
#include "report/histogram.h"
#include "report/insight.h"
#include "report/load.h"
#include "report/percentiles.h"
#include "report/runs.h"
#include "report/slo.h"
#include "report/started.h"

/* ---- what was run, and where ---- */

static void put_vastar(struct tree *tree, json_t *root, const struct report *report)
{
	json_t *vastar = tree_nest(tree, root, "vastar", json_object());
	char names[sizeof(report->result->facts.features)];
	char *rest = NULL;

	tree_put(tree, vastar, "version", tree_string(VASTAR_VERSION));
	tree_put(tree, vastar, "kernel", tree_string(report->result->facts.kernel));
	json_t *features =
	    tree_nest(tree, tree_nest(tree, vastar, "engine", json_object()), "features", json_array());

	memcpy(names, report->result->facts.features, sizeof(names));
	for (char *name = strtok_r(names, ",", &rest); name; name = strtok_r(NULL, ",", &rest))
		tree_append(tree, features, tree_string(name));
}

/* Of an open loop, without its warm-up; null in a closed one. */
static void put_stage_params(struct tree *tree, json_t *params, const struct schedule *schedule)
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

static void put_params(struct tree *tree, json_t *root, const struct report *report)
{
	const struct vastar_plan *plan = report->plan;
	json_t *params = tree_nest(tree, root, "params", json_object());
	bool paced = plan->pace.kind == PACE_CONNECTION;

	tree_put(tree, params, "url", tree_string(plan->url));
	tree_put(tree, params, "method", tree_string(plan->method));
	tree_put(tree, params, "load_model", tree_string(plan->pace.kind == PACE_OPEN ? "open" : "closed"));
	tree_put(tree, params, "concurrency", tree_integer(plan->connections));
	tree_put(tree, params, "workers", tree_integer(plan->workers));
	tree_put(tree, params, "requests", plan->duration_ns ? json_null() : tree_integer(plan->requests));
	tree_put(tree, params, "duration_s", tree_seconds_if(plan->duration_ns, plan->duration_ns));
	tree_put(tree, params, "rate", tree_real_if(plan->rate > 0, plan->rate));
	tree_put(tree, params, "arrivals",
		 plan->pace.kind == PACE_OPEN ? tree_string(arrivals_names[plan->arrivals]) : json_null());
	tree_put(tree, params, "seed", plan->pace.kind == PACE_OPEN ? tree_integer(plan->seed) : json_null());
	tree_put(tree, params, "burst",
		 plan->schedule.burst ? tree_integer(plan->schedule.burst) : json_null());
	put_stage_params(tree, params, &plan->schedule);
	tree_put(tree, params, "warmup_s", tree_seconds_if(plan->warmup_ns, plan->warmup_ns));
	tree_put(tree, params, "connection_rate", tree_real_if(paced, plan->connection_rate));
	tree_put(tree, params, "timeout_s", tree_seconds_if(plan->timeout_ns, plan->timeout_ns));
	tree_put(tree, params, "drain_cap_s", tree_seconds(plan->drain_cap_ns));
	tree_put(tree, params, "keepalive", json_boolean(plan->keepalive));
	tree_put(tree, params, "compression", json_boolean(plan->compression));
	tree_put(tree, params, "follow_redirects", json_boolean(plan->follow_redirects));
	tree_put(tree, params, "redirect_hosts", json_boolean(plan->redirect_hosts));
	tree_put(tree, params, "request_bytes", tree_integer(plan->request.length));
}

/* ---- what came out ---- */

static void put_summary(struct tree *tree, json_t *root, const struct result *result)
{
	const struct shard *sum = result->sum;
	const struct run_facts *facts = &result->facts;
	const struct hist *latency = &sum->latency;
	bool answered = latency->count > 0;
	json_t *summary = tree_nest(tree, root, "summary", json_object());

	tree_put(tree, summary, "total_s", tree_seconds(facts->total_ns));
	tree_put(tree, summary, "drain_s", tree_seconds(facts->drain_ns));
	tree_put(tree, summary, "requests", tree_integer(result_requests(result)));
	tree_put(tree, summary, "responses", tree_integer(sum->responses));
	tree_put(tree, summary, "errors", tree_integer(result_errors(result)));
	tree_put(tree, summary, "non_2xx", tree_integer(result_non_2xx(result)));
	tree_put(tree, summary, "drain_aborted", tree_integer(sum->drain_aborted));
	tree_put(tree, summary, "retried", tree_integer(sum->retried));
	tree_put(tree, summary, "stray", tree_integer(sum->stray));
	tree_put(tree, summary, "rps", tree_real_if(facts->total_ns, result_rps(result)));
	tree_put(tree, summary, "goodput_rps", tree_real_if(facts->total_ns, result_goodput_rps(result)));
	tree_put(tree, summary, "bytes", tree_integer(sum->bytes));
	tree_put(
	    tree, summary, "size_per_request",
	    tree_real_if(sum->responses, sum->responses ? (double)sum->bytes / (double)sum->responses : 0));
	tree_put(tree, summary, "fastest_s", tree_seconds_if(answered, latency->min_ns));
	tree_put(tree, summary, "slowest_s", tree_seconds_if(answered, latency->max_ns));
	tree_put(tree, summary, "average_s", tree_real_if(answered, hist_mean_s(latency)));
	tree_put(tree, summary, "stddev_s", tree_real_if(answered, hist_stddev_s(latency)));
	tree_put(tree, summary, "connections_open", tree_integer(facts->connections_open));
	tree_put(tree, summary, "interrupted", json_boolean(facts->interrupted));
}

static void put_percentiles(struct tree *tree, json_t *object, const struct report *report,
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

static void put_buckets(struct tree *tree, json_t *object, const struct hist *hist)
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

static void put_latency(struct tree *tree, json_t *root, const struct report *report)
{
	const struct hist *hist = &report->result->sum->latency;
	json_t *latency = tree_nest(tree, root, "latency", json_object());
	struct bars bars;

	put_percentiles(tree, latency, report, hist);
	put_buckets(tree, latency, hist);
	bars_make(&bars, hist, report->options.hist_bins);
	tree_put(tree, latency, "bars_scale", tree_string(bars.logarithmic ? "logarithmic" : "linear"));
	json_t *array = tree_nest(tree, latency, "bars", json_array());

	for (unsigned i = 0; i < bars.count; i++)
		put_range(tree, array, tree_real(bars.bars[i].from_ns * 1e-9),
			  tree_real(bars.bars[i].to_ns * 1e-9), bars.bars[i].count);
}

/* Open loop: the same exchanges from the send, and what the end of the time has cut off. */
static void put_service(struct tree *tree, json_t *root, const struct report *report)
{
	const struct shard *sum = report->result->sum;
	json_t *service, *censored;
	uint64_t age = sum->unsent_age.count ? sum->unsent_age.max_ns : 0;

	if (report->plan->pace.kind != PACE_OPEN)
		return;
	service = tree_nest(tree, root, "service", json_object());
	put_percentiles(tree, service, report, &sum->service);
	put_buckets(tree, service, &sum->service);
	if (sum->aborted_age.count && sum->aborted_age.max_ns > age)
		age = sum->aborted_age.max_ns;
	censored = tree_nest(tree, root, "censored", json_object());
	tree_put(tree, censored, "sent", tree_integer(sum->drain_aborted));
	tree_put(tree, censored, "unsent", tree_integer(sum->unsent));
	tree_put(tree, censored, "max_age_s", tree_seconds_if(sum->drain_aborted + sum->unsent, age));
	tree_put(tree, censored, "backlog_max", tree_integer(sum->backlog_max));
	tree_put(tree, censored, "wait_max_s", tree_seconds(sum->wait_max_ns));
}

/* Of an open loop with several stages, each by the requests that were due in it. */
static void put_stages(struct tree *tree, json_t *root, const struct report *report)
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
		put_percentiles(tree, tree_nest(tree, object, "latency", json_object()), report,
				&stage->latency);
		put_percentiles(tree, tree_nest(tree, object, "service", json_object()), report,
				&stage->service);
		tree_append(tree, stages, object);
	}
}

static void put_until(struct tree *tree, json_t *root, const struct report *report)
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

static void put_warmup(struct tree *tree, json_t *root, const struct report *report)
{
	const struct shard *shard = report->result->warmup;
	json_t *warmup;

	if (!shard)
		return;
	warmup = tree_nest(tree, root, "warmup", json_object());
	tree_put(tree, warmup, "duration_s", tree_seconds(report->plan->warmup_ns));
	tree_put(tree, warmup, "responses", tree_integer(shard->responses));
	tree_put(tree, warmup, "errors", tree_integer(load_errors(shard)));
	tree_put(tree, warmup, "drain_aborted", tree_integer(shard->drain_aborted));
	put_percentiles(tree, tree_nest(tree, warmup, "latency", json_object()), report, &shard->latency);
}

/* A part of the other phases, not one more of them. */
static void put_client_queue(struct tree *tree, json_t *phases, const struct hist *queue)
{
	json_t *phase = tree_nest(tree, phases, "client_queue", json_object());
	bool known = queue->count > 0;

	tree_put(tree, phase, "average_s", tree_real_if(known, hist_mean_s(queue)));
	tree_put(tree, phase, "fastest_s", tree_seconds_if(known, queue->min_ns));
	tree_put(tree, phase, "slowest_s", tree_seconds_if(known, queue->max_ns));
	tree_put(tree, phase, "p99_s", tree_seconds_if(known, hist_percentile(queue, 99)));
	tree_put(tree, phase, "answers", tree_integer(queue->count));
}

static void put_phases(struct tree *tree, json_t *root, const struct shard *sum, bool kernel_timestamps)
{
	json_t *phases = tree_nest(tree, root, "phases", json_object());

	for (int i = 0; i < PHASES; i++) {
		const struct span *span = &sum->phases[i];
		json_t *phase = tree_nest(tree, phases, phase_names[i], json_object());

		tree_put(tree, phase, "count", tree_integer(span->count));
		tree_put(tree, phase, "average_s",
			 tree_real_if(span->count,
				      span->count ? (double)span->sum_ns / (double)span->count * 1e-9 : 0));
		tree_put(tree, phase, "fastest_s", tree_seconds_if(span->count, span->min_ns));
		tree_put(tree, phase, "slowest_s", tree_seconds_if(span->count, span->max_ns));
	}
	if (kernel_timestamps)
		put_client_queue(tree, phases, &sum->client_queue);
}

static void put_intervals(struct tree *tree, json_t *root, const struct result *result)
{
	json_t *array = tree_nest(tree, root, "intervals", json_array());

	for (uint32_t i = 0; i < result->interval_count; i++)
		tree_append(tree, array, json_interval(tree, &result->intervals[i]));
}

static void put_status_codes(struct tree *tree, json_t *root, const struct shard *sum)
{
	json_t *codes = tree_nest(tree, root, "status_codes", json_object());

	for (unsigned code = 0; code < STATUS_CODES; code++) {
		char name[16];

		snprintf(name, sizeof(name), "%u", code);
		if (sum->status[code])
			tree_put(tree, codes, name, tree_integer(sum->status[code]));
	}
}

static void put_age(struct tree *tree, json_t *ages, const char *name, const struct hist *age)
{
	json_t *object = tree_nest(tree, ages, name, json_object());

	tree_put(tree, object, "p50", tree_seconds_if(age->count, hist_percentile(age, 50)));
	tree_put(tree, object, "max", tree_seconds_if(age->count, age->max_ns));
	put_buckets(tree, object, age);
}

static void put_errors(struct tree *tree, json_t *root, const struct shard *sum)
{
	json_t *errors = tree_nest(tree, root, "errors", json_object());
	json_t *ages = tree_nest(tree, root, "error_ages_s", json_object());
	json_t *examples = tree_nest(tree, root, "error_examples", json_array());

	for (int kind = 0; kind < ERROR_KINDS; kind++) {
		tree_put(tree, errors, error_kind_names[kind], tree_integer(sum->errors[kind]));
		put_age(tree, ages, error_kind_names[kind], &sum->error_age[kind]);
	}
	put_age(tree, ages, "drain_aborted", &sum->aborted_age);
	for (uint32_t i = 0; i < sum->example_count; i++) {
		char text[sizeof(sum->examples[i].text) + 32];

		snprintf(text, sizeof(text), "%s: %s", error_kind_names[sum->examples[i].kind],
			 sum->examples[i].text);
		tree_append(tree, examples, tree_string(text));
	}
}

/* ---- what it means ---- */

static void put_client(struct tree *tree, json_t *root, const struct result *result)
{
	const struct run_facts *facts = &result->facts;
	const struct hist *lateness = &result->sum->send_lateness;
	json_t *client = tree_nest(tree, root, "client", json_object());
	json_t *busy = tree_nest(tree, client, "cpu_busy", json_array());

	for (uint32_t i = 0; facts->cpu_busy && i < facts->workers; i++)
		tree_append(tree, busy, tree_real(facts->cpu_busy[i]));
	tree_put(tree, client, "send_lateness_p99_s",
		 tree_seconds_if(lateness->count, hist_percentile(lateness, 99)));
	tree_put(tree, client, "verdict", tree_string(verdict_names[result->verdict]));
	tree_put(tree, client, "reason",
		 *result->verdict_reason ? tree_string(result->verdict_reason) : json_null());
	tree_put(tree, client, "void", json_boolean(result->is_void));
	tree_put(tree, client, "arrivals_departure", tree_real(gap_departure(&result->sum->gaps)));
	if (result->requests) {
		json_t *log = tree_nest(tree, client, "request_log", json_object());
		uint64_t lost, rows = result_logged(result, &lost);

		tree_put(tree, log, "rows", tree_integer(rows));
		tree_put(tree, log, "lost", tree_integer(lost));
	}
	json_t *oddities = tree_nest(tree, client, "oddities", json_object());

	for (int i = 0; i < ODDITIES; i++)
		tree_put(tree, oddities, oddity_names[i], tree_integer(result->sum->oddities[i]));
}

static void put_slo(struct tree *tree, json_t *root, const struct report *report)
{
	const struct slo_targets *targets = &report->plan->slo;
	bool answered = report->result->sum->latency.count > 0;
	json_t *object = tree_nest(tree, root, "slo", json_object());
	struct slo slo;

	slo_levels(&slo, report->result, targets);
	tree_put(tree, object, "mode", tree_string(slo.absolute ? "absolute" : "run-relative"));
	json_t *array = tree_nest(tree, object, "targets", json_array());

	for (unsigned i = 0; i < targets->count; i++) {
		const struct slo_target *target = &targets->targets[i];
		uint64_t ns = result_percentile_of_all(report->result, target->percent);
		json_t *entry = json_object();

		tree_put(tree, entry, "percentile", tree_string(target->name));
		tree_put(tree, entry, "limit_s", tree_seconds(target->limit_ns));
		tree_put(tree, entry, "measured_s", tree_seconds_if(answered && ns != UINT64_MAX, ns));
		tree_put(tree, entry, "met", json_boolean(slo_target_met(target, report->result)));
		tree_append(tree, array, entry);
	}
	tree_put(tree, object, "passed", json_boolean(slo_all_met(targets, report->result)));
	json_t *levels = tree_nest(tree, object, "levels", json_array());

	for (unsigned i = 0; i < SLO_LEVELS; i++) {
		bool bounded = (answered || slo.absolute) && slo.levels[i].limit_ns != UINT64_MAX;
		json_t *level = json_object();

		tree_put(tree, level, "name", tree_string(slo.levels[i].name));
		tree_put(tree, level, "limit_s", tree_seconds_if(bounded, slo.levels[i].limit_ns));
		tree_append(tree, levels, level);
	}
}

static void put_insight(struct tree *tree, json_t *root, const struct result *result)
{
	json_t *array = tree_nest(tree, root, "insight", json_array());
	struct insight insights[INSIGHTS_MAX];
	unsigned count = insights_of(result, insights);

	for (unsigned i = 0; i < count; i++) {
		json_t *entry = json_object();

		tree_put(tree, entry, "metric", tree_string(insights[i].metric));
		tree_put(tree, entry, "value", tree_real(insights[i].value));
		tree_put(tree, entry, "severity", tree_string(severity_names[insights[i].severity]));
		tree_put(tree, entry, "text", tree_string(insights[i].text));
		tree_put(tree, entry, "weak", json_boolean(insights[i].weak));
		tree_append(tree, array, entry);
	}
}

json_t *json_report(const struct report *report)
{
	const struct result *result = report->result;
	struct tree tree = {false};
	json_t *root = json_object();

	tree_put(&tree, root, "schema_version", tree_string("1.0"));
	tree_put(&tree, root, "kind", tree_string("bench"));
	put_vastar(&tree, root, report);
	tree_put_machine(&tree, root, &result->facts);
	put_params(&tree, root, report);
	tree_put(&tree, root, "started_at", tree_string(started_at(&result->facts).s));
	put_summary(&tree, root, result);
	put_latency(&tree, root, report);
	put_service(&tree, root, report);
	put_stages(&tree, root, report);
	put_warmup(&tree, root, report);
	put_until(&tree, root, report);
	put_phases(&tree, root, result->sum, report->plan->kernel_timestamps);
	put_intervals(&tree, root, result);
	put_status_codes(&tree, root, result->sum);
	put_errors(&tree, root, result->sum);
	put_client(&tree, root, result);
	put_slo(&tree, root, report);
	put_insight(&tree, root, result);
	runs_put(&tree, root, report);
	json_t *notes = tree_nest(&tree, root, "notes", json_array());

	if (*result->facts.note)
		tree_append(&tree, notes, tree_string(result->facts.note));
	if (result_arrivals_departed(result))
		tree_append(&tree, notes, tree_string(RESULT_ARRIVALS_NOTE));
	if (tree.failed) {
		json_decref(root);
		return NULL;
	}
	return root;
}

static int write_json(const struct report *report, FILE *out, struct vastar_error *err)
{
	json_t *root = json_report(report);
	int rc = root ? tree_write(root, JSON_INDENT(2), out, err) : err_nomem(err, "report");

	json_decref(root);
	return rc;
}

const struct report_format report_json = {.name = "json", .write = write_json};
