/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The report for programs. Names and order are stable; tests/data/bench.schema.json describes them. Names
 * of seconds end in _s, of milliseconds in _ms; counts have no suffix. A value without a sample or a bound
 * is null. Request headers and credentials are left out, but for the headers in the command.
 */
#include "report/json/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/body.h"
#include "report/ceiling.h"
#include "report/format.h"
#include "report/insight.h"
#include "report/json/parts.h"
#include "report/load.h"
#include "report/slo.h"

/* ---- the run and the machine ---- */

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

/* Of WebSocket, a message without its frame. */
static uint64_t request_bytes(const struct vastar_plan *plan)
{
	return plan->protocol == PROTOCOL_WEBSOCKET ? plan->ws.plain_length : plan->request.length;
}

static void put_params(struct tree *tree, json_t *root, const struct report *report)
{
	const struct vastar_plan *plan = report->plan;
	json_t *params = tree_nest(tree, root, "params", json_object());
	bool paced = plan->pace.kind == PACE_CONNECTION;

	tree_put(tree, params, "url", tree_string(plan->url));
	tree_put(tree, params, "method", tree_string(plan->method));
	tree_put(tree, params, "command", plan->command ? tree_string(plan->command) : json_null());
	tree_put(tree, params, "run_id", plan->run_id ? tree_string(plan->run_id) : json_null());
	tree_put(tree, params, "load_model", tree_string(plan->pace.kind == PACE_OPEN ? "open" : "closed"));
	tree_put(tree, params, "concurrency", tree_integer(plan->connections));
	tree_put(tree, params, "pipeline", tree_integer(plan->pipeline));
	tree_put(tree, params, "workers", tree_integer(report->result->facts.workers));
	tree_put(tree, params, "requests", plan->duration_ns ? json_null() : tree_integer(plan->requests));
	tree_put(tree, params, "duration_s", tree_seconds_if(plan->duration_ns, plan->duration_ns));
	tree_put(tree, params, "rate", tree_real_if(plan->rate > 0, plan->rate));
	tree_put(tree, params, "arrivals",
		 plan->pace.kind == PACE_OPEN ? tree_string(arrivals_names[plan->arrivals]) : json_null());
	tree_put(tree, params, "seed",
		 plan->pace.kind == PACE_OPEN || plan->mix.random ? tree_integer(plan->seed) : json_null());
	if (plan->mix.count)
		tree_put(tree, params, "order", tree_string(plan->mix.random ? "random" : "round-robin"));
	tree_put(tree, params, "burst",
		 plan->schedule.burst ? tree_integer(plan->schedule.burst) : json_null());
	json_put_stage_params(tree, params, &plan->schedule);
	tree_put(tree, params, "warmup_s", tree_seconds_if(plan->warmup_ns, plan->warmup_ns));
	tree_put(tree, params, "connection_rate", tree_real_if(paced, plan->connection_rate));
	tree_put(tree, params, "new_connections",
		 tree_real_if(plan->new_connections > 0, plan->new_connections));
	tree_put(tree, params, "timeout_s", tree_seconds_if(plan->timeout_ns, plan->timeout_ns));
	tree_put(tree, params, "drain_cap_s", tree_seconds(plan->drain_cap_ns));
	json_put_share(tree, params, plan);
	json_put_reach(tree, params, plan);
	tree_put(tree, params, "protocol", tree_string(plan_protocol_name(plan)));
	if (plan->protocol == PROTOCOL_HTTP2)
		tree_put(tree, params, "streams", tree_integer(plan->streams));
	if (plan->protocol == PROTOCOL_WEBSOCKET) {
		tree_put(tree, params, "ws_per_connection", tree_integer(plan->ws.in_flight));
		tree_put(tree, params, "ws_listen", json_boolean(plan->ws.listen));
		tree_put(tree, params, "ws_deflate", json_boolean(plan->ws.deflate));
	}
	tree_put(tree, params, "keepalive", json_boolean(plan->keepalive));
	tree_put(tree, params, "compression", json_boolean(plan->compression));
	tree_put(tree, params, "stream", json_boolean(plan->stream));
	tree_put(tree, params, "expect", plan->expect ? tree_string(plan->expect) : json_null());
	tree_put(tree, params, "follow_redirects", json_boolean(plan->follow_redirects));
	tree_put(tree, params, "redirect_hosts", json_boolean(plan->redirect_hosts));
	tree_put(tree, params, "request_bytes", tree_integer(request_bytes(plan)));
}

/* ---- results ---- */

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
	tree_put(tree, summary, "new_connections", tree_integer(sum->connections_new));
	tree_put(tree, summary, "new_connections_missed", tree_integer(sum->connections_missed));
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

/* A part of the other phases, not an additional one. */
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
	json_put_buckets(tree, object, age);
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

/* ---- client, SLO, insights and notes ---- */

static void put_ceiling(struct tree *tree, json_t *client, const struct report *report)
{
	if (!report->ceiling)
		return;
	tree_put(tree, client, "ceiling_rps", tree_real(ceiling_best(report->ceiling)->rps));
	tree_put(tree, client, "ceiling_share", tree_real(ceiling_share(report->ceiling, report->result)));
}

/* How the number of workers followed the load; where it was fixed, that number. */
static void put_worker_steps(struct tree *tree, json_t *array, const struct run_facts *facts)
{
	const struct worker_step fixed = {.count = facts->workers};
	const struct worker_step *steps = facts->step_count ? facts->steps : &fixed;

	for (uint32_t i = 0; i < facts->step_count || i == 0; i++) {
		json_t *step = json_object();

		tree_append(tree, array, step);
		tree_put(tree, step, "at_s", tree_seconds(steps[i].at_ns));
		tree_put(tree, step, "count", tree_integer(steps[i].count));
	}
}

static void put_client(struct tree *tree, json_t *root, const struct report *report)
{
	const struct result *result = report->result;
	const struct run_facts *facts = &result->facts;
	const struct hist *lateness = &result->sum->send_lateness;
	json_t *client = tree_nest(tree, root, "client", json_object());
	json_t *busy = tree_nest(tree, client, "cpu_busy", json_array());
	json_t *workers = tree_nest(tree, client, "workers", json_array());

	for (uint32_t i = 0; facts->cpu_busy && i < facts->workers; i++)
		tree_append(tree, busy, tree_real(facts->cpu_busy[i]));
	put_worker_steps(tree, workers, facts);
	tree_put(tree, client, "throttled", tree_real(facts->held.throttled));
	tree_put(tree, client, "stolen", tree_real(facts->held.stolen));
	tree_put(tree, client, "run_delay", tree_real(facts->held.run_delay));
	if (facts->start_asked)
		tree_put(tree, client, "start_late_s", tree_seconds(facts->late_ns));
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
	put_ceiling(tree, client, report);
}

static void put_slo(struct tree *tree, json_t *root, const struct report *report)
{
	const struct slo_targets *targets = &report->plan->slo;
	bool answered = report->result->sum->latency.count > 0;
	json_t *object = tree_nest(tree, root, "slo", json_object());
	struct slo_verdict verdicts[SLO_VERDICTS_MAX];
	unsigned count = slo_verdicts(targets, report->result, verdicts);
	struct slo slo;

	slo_levels(&slo, report->result, targets);
	tree_put(tree, object, "mode", tree_string(slo.absolute ? "absolute" : "run-relative"));
	json_t *array = tree_nest(tree, object, "targets", json_array());

	for (unsigned i = 0; i < count; i++) {
		const struct slo_verdict *verdict = &verdicts[i];
		json_t *entry = json_object();

		if (verdict->unit == SLO_SECONDS) {
			tree_put(tree, entry, "percentile", tree_string(verdict->metric));
			tree_put(tree, entry, "limit_s", tree_real(verdict->limit));
			tree_put(tree, entry, "measured_s", tree_real(verdict->measured));
		}
		tree_put(tree, entry, "metric", tree_string(verdict->metric));
		tree_put(tree, entry, "comparison", tree_string(verdict->comparison));
		tree_put(tree, entry, "limit", tree_real(verdict->limit));
		tree_put(tree, entry, "measured", tree_real(verdict->measured));
		tree_put(tree, entry, "met", json_boolean(verdict->met));
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
	tree_put(tree, root, "next_step",
		 *insight_next(result).s ? tree_string(insight_next(result).s) : json_null());
}

static void put_notes(struct tree *tree, json_t *root, const struct report *report)
{
	const struct result *result = report->result;
	json_t *notes = tree_nest(tree, root, "notes", json_array());

	if (*result->facts.note)
		tree_append(tree, notes, tree_string(result->facts.note));
	if (*body_doubt(report->plan).s)
		tree_append(tree, notes, tree_string(body_doubt(report->plan).s));
	if (result_arrivals_departed(result))
		tree_append(tree, notes, tree_string(RESULT_ARRIVALS_NOTE));
	if (report->ceiling) {
		struct ceiling_note note = ceiling_departure(report->ceiling, &result->facts);

		if (*note.s)
			tree_append(tree, notes, tree_string(note.s));
	}
}

json_t *json_report(const struct report *report)
{
	const struct result *result = report->result;
	struct tree tree = {false};
	json_t *root = json_object();

	tree_put(&tree, root, "schema_version", tree_string("1.0"));
	tree_put(&tree, root, "kind", tree_string(result->sum->tokens ? "ai-bench" : "bench"));
	put_vastar(&tree, root, report);
	tree_put_machine(&tree, root, &result->facts);
	put_params(&tree, root, report);
	tree_put(&tree, root, "started_at",
		 tree_string(fmt_instant(result->facts.started_at_s, (int)result->facts.started_at_ms).s));
	put_summary(&tree, root, result);
	json_put_latency(&tree, root, report);
	json_put_service(&tree, root, report);
	json_put_stages(&tree, root, report);
	json_put_warmup(&tree, root, report);
	json_put_until(&tree, root, report);
	json_put_classes(&tree, root, report);
	put_phases(&tree, root, result->sum, report->plan->kernel_timestamps);
	json_put_streams(&tree, root, report);
	json_put_events(&tree, root, report);
	json_put_tokens(&tree, root, report);
	json_put_websocket(&tree, root, report);
	json_put_tls(&tree, root, result);
	put_intervals(&tree, root, result);
	put_status_codes(&tree, root, result->sum);
	json_put_calls(&tree, root, report);
	json_put_mix(&tree, root, report);
	put_errors(&tree, root, result->sum);
	put_client(&tree, root, report);
	put_slo(&tree, root, report);
	put_insight(&tree, root, result);
	json_put_runs(&tree, root, report);
	put_notes(&tree, root, report);
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
