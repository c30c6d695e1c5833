/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Comma-separated values after RFC 4180: a header, rows that end in CRLF, quotes only where needed. Names
 * and units of the columns are those of the JSON. What is null in the JSON is empty here. "csv" is one row
 * about the run, "csv-intervals" one row for each interval, "csv-requests" one for each request of --urls.
 */
#include "report/csv.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "report/emit.h"
#include "report/percentiles.h"
#include "report/slo.h"

/* The columns are listed once and written twice: first their names, then their values. */
struct csv {
	FILE *out;
	bool names;
	bool begun; /* the row is not empty */
};

static void put(struct csv *csv, const char *name, const char *value)
{
	const char *text = csv->names ? name : value;
	bool quoted = text[strcspn(text, ",\"\r\n")] != '\0';

	if (csv->begun)
		fputc(',', csv->out);
	csv->begun = true;
	if (!quoted) {
		fputs(text, csv->out);
		return;
	}
	fputc('"', csv->out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', csv->out);
		fputc(*text, csv->out);
	}
	fputc('"', csv->out);
}

static void put_count(struct csv *csv, const char *name, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	put(csv, name, text);
}

static void put_real(struct csv *csv, const char *name, bool known, double value)
{
	char text[40] = "";

	if (known && isfinite(value))
		snprintf(text, sizeof(text), "%.15g", value);
	put(csv, name, text);
}

static void put_ns(struct csv *csv, const char *name, bool known, uint64_t ns)
{
	put_real(csv, name, known, ns_to_s(ns));
}

static void end_row(struct csv *csv)
{
	fputs("\r\n", csv->out);
	csv->begun = false;
}

/* ---- one row about the run ---- */

static void put_setting(struct csv *csv, const struct report *report)
{
	const struct vastar_plan *plan = report->plan;
	const struct run_facts *facts = &report->result->facts;
	bool open = plan->pace.kind == PACE_OPEN;

	put(csv, "started_at", fmt_instant(facts->started_at_s, (int)facts->started_at_ms).s);
	put(csv, "url", plan->url);
	put(csv, "method", plan->method);
	put(csv, "load_model", open ? "open" : "closed");
	put_count(csv, "concurrency", plan->connections);
	put_count(csv, "workers", facts->workers);
	put_real(csv, "rate", open, plan->rate);
}

static void put_summary(struct csv *csv, const struct result *result)
{
	const struct shard *sum = result->sum;
	const struct hist *latency = &sum->latency;
	bool answered = latency->count > 0, timed = result->facts.total_ns > 0;

	put_ns(csv, "total_s", true, result->facts.total_ns);
	put_ns(csv, "drain_s", true, result->facts.drain_ns);
	put_count(csv, "requests", result_requests(result));
	put_count(csv, "responses", sum->responses);
	put_count(csv, "errors", result_errors(result));
	put_count(csv, "non_2xx", result_non_2xx(result));
	put_count(csv, "drain_aborted", sum->drain_aborted);
	put_real(csv, "rps", timed, result_rps(result));
	put_real(csv, "goodput_rps", timed, result_goodput_rps(result));
	put_count(csv, "bytes", sum->bytes);
	put_ns(csv, "fastest_s", answered, latency->min_ns);
	put_ns(csv, "slowest_s", answered, latency->max_ns);
	put_real(csv, "average_s", answered, hist_mean_s(latency));
	put_real(csv, "stddev_s", answered, hist_stddev_s(latency));
}

static void put_run(struct csv *csv, const struct report *report)
{
	const struct result *result = report->result;
	const struct hist *latency = &result->sum->latency;
	struct percentiles shown = percentiles_shown(report);
	char name[40];

	put_setting(csv, report);
	put_summary(csv, result);
	for (unsigned i = 0; i < shown.count; i++) {
		snprintf(name, sizeof(name), "%s_s", fmt_percent(shown.list[i].percent).s);
		put_ns(csv, name, latency->count > 0, hist_percentile(latency, shown.list[i].percent));
	}
	for (unsigned kind = 0; kind < ERROR_KINDS; kind++) {
		snprintf(name, sizeof(name), "%s_errors", error_kind_names[kind]);
		put_count(csv, name, result->sum->errors[kind]);
	}
	put(csv, "verdict", verdict_names[result->verdict]);
	put(csv, "slo_passed", slo_all_met(&report->plan->slo, result) ? "true" : "false");
	end_row(csv);
}

/* ---- a row for each interval ---- */

static void put_interval(struct csv *csv, const struct interval *interval)
{
	bool answered = interval->responses > 0;
	double length_s = ns_to_s(interval->length_ns);

	put_ns(csv, "t_s", true, interval->start_ns);
	put_real(csv, "length_s", true, length_s);
	put_count(csv, "responses", interval->responses);
	put_count(csv, "errors", interval->errors);
	put_real(csv, "rps", true, (double)interval->responses / length_s);
	put_ns(csv, "p50_s", answered, interval->p50_ns);
	put_ns(csv, "p99_s", answered, interval->p99_ns);
	put_ns(csv, "max_s", answered, interval->max_ns);
	put_count(csv, "open_connections", interval->open_connections);
	end_row(csv);
}

/* ---- a row for each of several requests ---- */

static void put_request(struct csv *csv, const struct mix_request *one, const struct mixed_stats *mixed)
{
	bool answered = mixed->responses > 0;

	put(csv, "method", one->method);
	put(csv, "url", one->url);
	put_count(csv, "weight", one->weight);
	put_count(csv, "responses", mixed->responses);
	put_count(csv, "errors", mixed->errors);
	put_count(csv, "drain_aborted", mixed->drain_aborted);
	put_count(csv, "non_2xx", mixed->responses - mixed_good(mixed));
	put_real(csv, "average_s", answered, hist_mean_s(&mixed->latency));
	put_ns(csv, "fastest_s", answered, mixed->latency.min_ns);
	put_ns(csv, "p50_s", answered, hist_percentile(&mixed->latency, 50));
	put_ns(csv, "p90_s", answered, hist_percentile(&mixed->latency, 90));
	put_ns(csv, "p99_s", answered, hist_percentile(&mixed->latency, 99));
	put_ns(csv, "slowest_s", answered, mixed->latency.max_ns);
	end_row(csv);
}

/* ---- the formats ---- */

static void fill_run(struct csv *csv, const struct report *report)
{
	csv->names = true;
	put_run(csv, report);
	csv->names = false;
	put_run(csv, report);
}

static void fill_intervals(struct csv *csv, const struct report *report)
{
	csv->names = true;
	put_interval(csv, &(struct interval){0});
	csv->names = false;
	for (uint32_t i = 0; i < report->result->interval_count; i++)
		put_interval(csv, &report->result->intervals[i]);
}

/* A run with a single request has the names only. */
static void fill_requests(struct csv *csv, const struct report *report)
{
	static const struct mixed_stats none; /* for the names */
	const struct mix *mix = &report->plan->mix;

	csv->names = true;
	put_request(csv, &(struct mix_request){.url = report->plan->url, .method = report->plan->method},
		    &none);
	csv->names = false;
	for (uint32_t i = 0; i < report->result->sum->mix_count; i++)
		put_request(csv, &mix->requests[i], &report->result->sum->mix[i]);
}

static int write_csv(void (*fill)(struct csv *csv, const struct report *report), const struct report *report,
		     FILE *out, struct vastar_error *err)
{
	struct draft draft;

	if (!draft_open(&draft))
		return err_nomem(err, "report");
	fill(&(struct csv){.out = draft.stream}, report);
	return draft_emit(&draft, out, err);
}

static int write_run(const struct report *report, FILE *out, struct vastar_error *err)
{
	return write_csv(fill_run, report, out, err);
}

static int write_intervals(const struct report *report, FILE *out, struct vastar_error *err)
{
	return write_csv(fill_intervals, report, out, err);
}

static int write_requests(const struct report *report, FILE *out, struct vastar_error *err)
{
	return write_csv(fill_requests, report, out, err);
}

const struct report_format report_csv = {.name = "csv", .write = write_run};
const struct report_format report_csv_intervals = {.name = "csv-intervals", .write = write_intervals};
const struct report_format report_csv_requests = {.name = "csv-requests", .write = write_requests};
