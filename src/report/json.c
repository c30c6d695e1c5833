/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The report for programs. Names and order are a promise; tests/data/bench.schema.json describes them.
 * Seconds end in _s, milliseconds in _ms, counts are plain; what has no sample or no bound is null. Request
 * headers and credentials are not part of it.
 */
#include "report/report.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "report/emit.h"
#include "report/format.h"
#include "report/histogram.h"
#include "report/insight.h"
#include "report/slo.h"

/* Digits of a real number: 15 show every decimal number that a double can hold as it was meant, and a
 * nanosecond in three hours. */
enum { REAL_DIGITS = 15 };

/* ASCII only: a text that quotes a peer cannot carry a control sequence of more than one byte to a terminal.
 */
static const size_t DUMP_FLAGS = JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(REAL_DIGITS);

/* ---- values: each returns a new reference; NULL (out of memory) is noticed by put() and append() ---- */

static json_t *integer(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *real_if(bool known, double value)
{
	return known ? real(value) : json_null();
}

static json_t *seconds(uint64_t ns)
{
	return real(ns_to_s(ns));
}

static json_t *seconds_if(bool known, uint64_t ns)
{
	return known ? seconds(ns) : json_null();
}

/* Bytes that are not UTF-8 (a peer's, a file's) become '?'. */
static json_t *string(const char *text)
{
	json_t *value = json_string(text);

	if (value)
		return value;
	char *copy = strdup(text);

	if (!copy)
		return NULL;
	for (char *c = copy; *c; c++) {
		if ((unsigned char)*c > '~')
			*c = '?';
	}
	value = json_string(copy);
	free(copy);
	return value;
}

/* A tree under construction: the first failure sticks, so that it is checked once, at the end. */
struct tree {
	bool failed;
};

static void put(struct tree *tree, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		tree->failed = true;
}

static void append(struct tree *tree, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		tree->failed = true;
}

/* An object or array inside another one, which owns it. */
static json_t *nest(struct tree *tree, json_t *object, const char *key, json_t *inner)
{
	put(tree, object, key, inner);
	return json_object_get(object, key);
}

/* ---- what was run, and where ---- */

static void put_vastar(struct tree *tree, json_t *root, const struct report *report)
{
	json_t *vastar = nest(tree, root, "vastar", json_object());
	char names[sizeof(report->result->facts.features)];
	char *rest = NULL;

	put(tree, vastar, "version", string(VASTAR_VERSION));
	put(tree, vastar, "kernel", string(report->result->facts.kernel));
	json_t *features = nest(tree, nest(tree, vastar, "engine", json_object()), "features", json_array());

	memcpy(names, report->result->facts.features, sizeof(names));
	for (char *name = strtok_r(names, ",", &rest); name; name = strtok_r(NULL, ",", &rest))
		append(tree, features, string(name));
}

static void put_machine(struct tree *tree, json_t *root, const struct run_facts *facts)
{
	json_t *machine = nest(tree, root, "machine", json_object());

	put(tree, machine, "cpu_cores_logical", integer(facts->cpu_count));
	put(tree, machine, "cpu_cores_usable",
	    integer(facts->usable_cpus ? facts->usable_cpus : facts->cpu_count));
	put(tree, machine, "ram_mb", integer(facts->ram_mb));
	put(tree, machine, "cpu_model", string(facts->cpu_model));
}

static void put_params(struct tree *tree, json_t *root, const struct report *report)
{
	const struct vastar_plan *plan = report->plan;
	json_t *params = nest(tree, root, "params", json_object());
	bool paced = plan->pace.kind == PACE_CONNECTION;

	put(tree, params, "url", string(plan->url));
	put(tree, params, "method", string(plan->method));
	put(tree, params, "load_model", string("closed"));
	put(tree, params, "concurrency", integer(plan->connections));
	put(tree, params, "workers", integer(plan->workers));
	put(tree, params, "requests", plan->duration_ns ? json_null() : integer(plan->requests));
	put(tree, params, "duration_s", seconds_if(plan->duration_ns, plan->duration_ns));
	put(tree, params, "rate", json_null());
	put(tree, params, "connection_rate", real_if(paced, plan->connection_rate));
	put(tree, params, "timeout_s", seconds_if(plan->timeout_ns, plan->timeout_ns));
	put(tree, params, "drain_cap_s", seconds(plan->drain_cap_ns));
	put(tree, params, "keepalive", json_boolean(plan->keepalive));
	put(tree, params, "compression", json_boolean(plan->compression));
	put(tree, params, "follow_redirects", json_boolean(plan->follow_redirects));
	put(tree, params, "redirect_hosts", json_boolean(plan->redirect_hosts));
	put(tree, params, "request_bytes", integer(plan->request.length));
}

static void put_started_at(struct tree *tree, json_t *root, const struct run_facts *facts)
{
	time_t at = (time_t)facts->started_at_s;
	struct tm utc;
	char date[32] = "", text[64];

	if (gmtime_r(&at, &utc))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, sizeof(text), "%s.%03uZ", date, facts->started_at_ms);
	put(tree, root, "started_at", string(text));
}

/* ---- what came out ---- */

static void put_summary(struct tree *tree, json_t *root, const struct result *result)
{
	const struct shard *sum = result->sum;
	const struct run_facts *facts = &result->facts;
	const struct hist *latency = &sum->latency;
	bool answered = latency->count > 0;
	json_t *summary = nest(tree, root, "summary", json_object());

	put(tree, summary, "total_s", seconds(facts->total_ns));
	put(tree, summary, "drain_s", seconds(facts->drain_ns));
	put(tree, summary, "requests", integer(result_requests(result)));
	put(tree, summary, "responses", integer(sum->responses));
	put(tree, summary, "errors", integer(result_errors(result)));
	put(tree, summary, "non_2xx", integer(result_non_2xx(result)));
	put(tree, summary, "drain_aborted", integer(sum->drain_aborted));
	put(tree, summary, "retried", integer(sum->retried));
	put(tree, summary, "stray", integer(sum->stray));
	put(tree, summary, "rps", real_if(facts->total_ns, result_rps(result)));
	put(tree, summary, "goodput_rps", real_if(facts->total_ns, result_goodput_rps(result)));
	put(tree, summary, "bytes", integer(sum->bytes));
	put(tree, summary, "size_per_request",
	    real_if(sum->responses, sum->responses ? (double)sum->bytes / (double)sum->responses : 0));
	put(tree, summary, "fastest_s", seconds_if(answered, latency->min_ns));
	put(tree, summary, "slowest_s", seconds_if(answered, latency->max_ns));
	put(tree, summary, "average_s", real_if(answered, hist_mean_s(latency)));
	put(tree, summary, "stddev_s", real_if(answered, hist_stddev_s(latency)));
	put(tree, summary, "connections_open", integer(facts->connections_open));
	put(tree, summary, "interrupted", json_boolean(facts->interrupted));
}

static void put_percentiles(struct tree *tree, json_t *object, const struct hist *hist)
{
	json_t *percentiles = nest(tree, object, "percentiles", json_object());
	json_t *weak = nest(tree, object, "weak", json_array());
	json_t *confidence = nest(tree, object, "confidence", json_object());

	for (int i = 0; i < FMT_PERCENTILES; i++) {
		double percent = fmt_percentiles[i].percent;
		struct text name = fmt_percent(percent);
		uint64_t low, high;

		put(tree, percentiles, name.s, seconds_if(hist->count, hist_percentile(hist, percent)));
		if (hist_weak(hist, percent))
			append(tree, weak, string(name.s));
		hist_interval(hist, percent, &low, &high);
		json_t *interval = nest(tree, confidence, name.s, json_array());

		append(tree, interval, seconds_if(low, low));
		append(tree, interval, seconds_if(high, high));
	}
}

static void put_range(struct tree *tree, json_t *array, json_t *from, json_t *to, uint64_t count)
{
	json_t *range = json_object();

	put(tree, range, "from_s", from);
	put(tree, range, "to_s", to);
	put(tree, range, "count", integer(count));
	append(tree, array, range);
}

static void put_buckets(struct tree *tree, json_t *object, const struct hist *hist)
{
	json_t *buckets = nest(tree, object, "histogram", json_array());

	if (!hist->count)
		return;
	for (uint32_t i = hist_index(hist->min_ns); i <= hist_index(hist->max_ns); i++) {
		if (hist->counts[i])
			put_range(tree, buckets, seconds(hist_bucket_from(i)), seconds(hist_bucket_to(i)),
				  hist->counts[i]);
	}
}

static void put_latency(struct tree *tree, json_t *root, const struct report *report)
{
	const struct hist *hist = &report->result->sum->latency;
	json_t *latency = nest(tree, root, "latency", json_object());
	struct bars bars;

	put_percentiles(tree, latency, hist);
	put_buckets(tree, latency, hist);
	bars_make(&bars, hist, report->options.hist_bins);
	put(tree, latency, "bars_scale", string(bars.logarithmic ? "logarithmic" : "linear"));
	json_t *array = nest(tree, latency, "bars", json_array());

	for (unsigned i = 0; i < bars.count; i++)
		put_range(tree, array, real(bars.bars[i].from_ns * 1e-9), real(bars.bars[i].to_ns * 1e-9),
			  bars.bars[i].count);
}

static void put_phases(struct tree *tree, json_t *root, const struct shard *sum)
{
	json_t *phases = nest(tree, root, "phases", json_object());

	for (int i = 0; i < PHASES; i++) {
		const struct span *span = &sum->phases[i];
		json_t *phase = nest(tree, phases, phase_names[i], json_object());

		put(tree, phase, "average_s",
		    real_if(span->count,
			    span->count ? (double)span->sum_ns / (double)span->count * 1e-9 : 0));
		put(tree, phase, "fastest_s", seconds_if(span->count, span->min_ns));
		put(tree, phase, "slowest_s", seconds_if(span->count, span->max_ns));
	}
}

static void put_status_codes(struct tree *tree, json_t *root, const struct shard *sum)
{
	json_t *codes = nest(tree, root, "status_codes", json_object());

	for (unsigned code = 0; code < STATUS_CODES; code++) {
		char name[16];

		snprintf(name, sizeof(name), "%u", code);
		if (sum->status[code])
			put(tree, codes, name, integer(sum->status[code]));
	}
}

static void put_age(struct tree *tree, json_t *ages, const char *name, const struct hist *age)
{
	json_t *object = nest(tree, ages, name, json_object());

	put(tree, object, "p50", seconds_if(age->count, hist_percentile(age, 50)));
	put(tree, object, "max", seconds_if(age->count, age->max_ns));
}

static void put_errors(struct tree *tree, json_t *root, const struct shard *sum)
{
	json_t *errors = nest(tree, root, "errors", json_object());
	json_t *ages = nest(tree, root, "error_ages_s", json_object());
	json_t *examples = nest(tree, root, "error_examples", json_array());

	for (int kind = 0; kind < ERROR_KINDS; kind++) {
		put(tree, errors, error_kind_names[kind], integer(sum->errors[kind]));
		put_age(tree, ages, error_kind_names[kind], &sum->error_age[kind]);
	}
	put_age(tree, ages, "drain_aborted", &sum->aborted_age);
	for (uint32_t i = 0; i < sum->example_count; i++) {
		char text[sizeof(sum->examples[i].text) + 32];

		snprintf(text, sizeof(text), "%s: %s", error_kind_names[sum->examples[i].kind],
			 sum->examples[i].text);
		append(tree, examples, string(text));
	}
}

/* ---- what it means ---- */

static void put_client(struct tree *tree, json_t *root, const struct result *result)
{
	const struct run_facts *facts = &result->facts;
	const struct hist *lateness = &result->sum->send_lateness;
	json_t *client = nest(tree, root, "client", json_object());
	json_t *busy = nest(tree, client, "cpu_busy", json_array());

	for (uint32_t i = 0; facts->cpu_busy && i < facts->workers; i++)
		append(tree, busy, real(facts->cpu_busy[i]));
	put(tree, client, "send_lateness_p99_s", seconds_if(lateness->count, hist_percentile(lateness, 99)));
	put(tree, client, "verdict", string(verdict_names[result->verdict]));
	put(tree, client, "reason", *result->verdict_reason ? string(result->verdict_reason) : json_null());
	put(tree, client, "void", json_boolean(result->verdict == VERDICT_RATE_MISSED));
	json_t *oddities = nest(tree, client, "oddities", json_object());

	for (int i = 0; i < ODDITIES; i++)
		put(tree, oddities, oddity_names[i], integer(result->sum->oddities[i]));
}

static void put_slo(struct tree *tree, json_t *root, const struct report *report)
{
	const struct slo_targets *targets = &report->plan->slo;
	bool answered = report->result->sum->latency.count > 0;
	json_t *object = nest(tree, root, "slo", json_object());
	struct slo slo;

	slo_levels(&slo, report->result, targets);
	put(tree, object, "mode", string(slo.absolute ? "absolute" : "run-relative"));
	json_t *array = nest(tree, object, "targets", json_array());

	for (unsigned i = 0; i < targets->count; i++) {
		const struct slo_target *target = &targets->targets[i];
		uint64_t ns = result_percentile_of_all(report->result, target->percent);
		json_t *entry = json_object();

		put(tree, entry, "percentile", string(target->name));
		put(tree, entry, "limit_s", seconds(target->limit_ns));
		put(tree, entry, "measured_s", seconds_if(answered && ns != UINT64_MAX, ns));
		put(tree, entry, "met", json_boolean(slo_target_met(target, report->result)));
		append(tree, array, entry);
	}
	put(tree, object, "passed", json_boolean(slo_all_met(targets, report->result)));
	json_t *levels = nest(tree, object, "levels", json_array());

	for (unsigned i = 0; i < SLO_LEVELS; i++) {
		bool bounded = (answered || slo.absolute) && slo.levels[i].limit_ns != UINT64_MAX;
		json_t *level = json_object();

		put(tree, level, "name", string(slo.levels[i].name));
		put(tree, level, "limit_s", seconds_if(bounded, slo.levels[i].limit_ns));
		append(tree, levels, level);
	}
}

static void put_insight(struct tree *tree, json_t *root, const struct result *result)
{
	json_t *array = nest(tree, root, "insight", json_array());
	struct insight insights[INSIGHTS_MAX];
	unsigned count = insights_of(result, insights);

	for (unsigned i = 0; i < count; i++) {
		json_t *entry = json_object();

		put(tree, entry, "metric", string(insights[i].metric));
		put(tree, entry, "value", real(insights[i].value));
		put(tree, entry, "severity", string(severity_names[insights[i].severity]));
		put(tree, entry, "text", string(insights[i].text));
		put(tree, entry, "weak", json_boolean(insights[i].weak));
		append(tree, array, entry);
	}
}

static json_t *build(const struct report *report)
{
	const struct result *result = report->result;
	struct tree tree = {false};
	json_t *root = json_object();

	put(&tree, root, "schema_version", string("1.0"));
	put(&tree, root, "kind", string("bench"));
	put_vastar(&tree, root, report);
	put_machine(&tree, root, &result->facts);
	put_params(&tree, root, report);
	put_started_at(&tree, root, &result->facts);
	put_summary(&tree, root, result);
	put_latency(&tree, root, report);
	put_phases(&tree, root, result->sum);
	put_status_codes(&tree, root, result->sum);
	put_errors(&tree, root, result->sum);
	put_client(&tree, root, result);
	put_slo(&tree, root, report);
	put_insight(&tree, root, result);
	json_t *notes = nest(&tree, root, "notes", json_array());

	if (*result->facts.note)
		append(&tree, notes, string(result->facts.note));
	if (tree.failed) {
		json_decref(root);
		return NULL;
	}
	return root;
}

static int to_stream(const char *bytes, size_t length, void *stream)
{
	return fwrite(bytes, 1, length, stream) == length ? 0 : -1;
}

/* Not json_dumps(): it overlooks that there was no memory for the name of a member (jansson 2.14), and hands
 * out what came before and after it. A stream keeps in mind that something is missing. */
static int write_json(const struct report *report, FILE *out, struct vastar_error *err)
{
	json_t *root = build(report);
	char *text = NULL;
	size_t length = 0;
	FILE *stream = root ? open_memstream(&text, &length) : NULL;
	bool failed = !stream;

	if (stream) {
		failed = json_dump_callback(root, to_stream, stream, DUMP_FLAGS) != 0;
		failed |= fputc('\n', stream) == EOF || ferror(stream);
		failed |= fclose(stream) != 0 || !text; /* it may have failed to trim, and says nothing */
	}
	json_decref(root);

	int rc = failed ? err_nomem(err, "report") : report_emit(out, text, length, err);

	free(text);
	return rc;
}

const struct report_format report_json = {.name = "json", .write = write_json};
