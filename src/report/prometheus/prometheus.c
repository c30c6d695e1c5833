/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/prometheus/prometheus.h"

#include <math.h>

#include "base/clock.h"
#include "report/emit.h"
#include "report/format.h"
#include "report/prometheus/exposition.h"
#include "report/slo.h"

/* ---- parts ---- */

static void put_state(const struct exposition *e, enum vastar_phase phase)
{
	static const char *const names[] = {[VASTAR_CONNECTING] = "connecting",
					    [VASTAR_WARMING_UP] = "warming_up",
					    [VASTAR_RUNNING] = "running",
					    [VASTAR_DRAINING] = "draining",
					    [VASTAR_FINISHED] = "finished"};

	exposition_family(e, "vastar_run_state", "gauge", "The state of the run: 1 for the current state.");
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		exposition_sample(e, "vastar_run_state", "state", names[i], phase == (enum vastar_phase)i);
}

static void put_counts(const struct exposition *e, const struct totals *totals)
{
	bool any = false;

	exposition_family(e, "vastar_responses_total", "counter", "Complete responses by status code.");
	for (unsigned code = 0; code < STATUS_CODES; code++) {
		char text[8];

		snprintf(text, sizeof(text), "%u", code);
		any |= totals->status[code] > 0;
		if (totals->status[code])
			exposition_sample(e, "vastar_responses_total", "code", text,
					  (double)totals->status[code]);
	}
	if (!any)
		exposition_sample(e, "vastar_responses_total", "code", "200", 0);
	exposition_family(e, "vastar_errors_total", "counter",
			  "Requests without a complete response by kind of error.");
	for (unsigned kind = 0; kind < ERROR_KINDS; kind++)
		exposition_sample(e, "vastar_errors_total", "kind", error_kind_names[kind],
				  (double)totals->errors[kind]);
	exposition_single(e, "vastar_drain_aborted_total", "counter",
			  "Requests without a response by the end of the drain time.",
			  (double)totals->drain_aborted);
	exposition_single(e, "vastar_retried_total", "counter", "Requests sent again on another connection.",
			  (double)totals->retried);
	exposition_single(e, "vastar_response_bytes_total", "counter", "Bytes of response bodies.",
			  (double)totals->bytes);
}

static void put_times(const struct exposition *e, const struct metrics *metrics)
{
	static const double percents[] = {50, 90, 95, 99, 99.9};
	const struct hist *latency = &metrics->totals->latency;

	exposition_histogram(e, "vastar_response_time_seconds",
			     "Time of responses: from the send, in an open loop from the schedule.", latency);
	if (metrics->plan->pace.kind == PACE_OPEN)
		exposition_histogram(e, "vastar_service_time_seconds",
				     "Open loop: time of responses from the send.",
				     &metrics->totals->service);
	exposition_family(e, "vastar_response_time_percentile_seconds", "gauge",
			  "Percentiles of the response time, exact to 0.1 %.");
	for (unsigned i = 0; i < sizeof(percents) / sizeof(*percents); i++)
		exposition_sample(e, "vastar_response_time_percentile_seconds", "percentile",
				  fmt_percent(percents[i]).s,
				  latency->count ? ns_to_s(hist_percentile(latency, percents[i])) : NAN);
	exposition_single(e, "vastar_response_time_max_seconds", "gauge", "The longest response time.",
			  latency->count ? ns_to_s(latency->max_ns) : NAN);
}

/* As soon as there is a report, its rates are used. */
static void put_load(const struct exposition *e, const struct metrics *metrics)
{
	const struct result *result = metrics->result;
	const struct totals *totals = metrics->totals;
	bool timed = metrics->elapsed_s > 0;

	if (metrics->plan->rate > 0)
		exposition_single(e, "vastar_target_requests_per_second", "gauge", "The requested rate.",
				  metrics->plan->rate);
	exposition_single(e, "vastar_responses_per_second", "gauge",
			  "Responses per second, over the whole run.",
			  result  ? result_rps(result)
			  : timed ? (double)totals->responses / metrics->elapsed_s
				  : 0);
	exposition_single(e, "vastar_good_responses_per_second", "gauge",
			  "Responses with a status of 2xx per second, over the whole run.",
			  result  ? result_goodput_rps(result)
			  : timed ? (double)totals->good / metrics->elapsed_s
				  : 0);
	exposition_single(e, "vastar_elapsed_seconds", "gauge", "How long the run has sent requests.",
			  metrics->elapsed_s);
	if (metrics->started_at_s > 0)
		exposition_single(e, "vastar_start_time_seconds", "gauge", "When the run began, since 1970.",
				  metrics->started_at_s);
	exposition_single(e, "vastar_connections", "gauge", "Requested connections.",
			  metrics->plan->connections);
	if (!result) {
		exposition_single(e, "vastar_open_connections", "gauge", "Open connections.",
				  metrics->connections_open);
		exposition_single(e, "vastar_in_flight_requests", "gauge", "Requests in flight.",
				  metrics->in_flight);
	}
	if (!isnan(metrics->busy))
		exposition_single(e, "vastar_client_busy_ratio", "gauge",
				  "Share of a processor that the busiest worker of vastar uses.",
				  metrics->busy);
}

static void put_verdict(const struct exposition *e, const struct metrics *metrics)
{
	const struct result *result = metrics->result;

	if (!result)
		return;
	exposition_single(e, "vastar_unsent_requests", "gauge", "Requests that were due but not sent.",
			  (double)metrics->totals->unsent);
	exposition_family(e, "vastar_verdict", "gauge",
			  "The verdict on the client: 1 for the current verdict.");
	for (int verdict = VERDICT_OK; verdict <= VERDICT_RATE_MISSED; verdict++)
		exposition_sample(e, "vastar_verdict", "verdict", verdict_names[verdict],
				  result->verdict == (enum verdict)verdict);
	if (slo_targets_any(&metrics->plan->slo))
		exposition_single(e, "vastar_slo_passed", "gauge", "1 if every SLO target was met.",
				  slo_all_met(&metrics->plan->slo, result));
}

void metrics_write(const struct metrics *metrics, FILE *out)
{
	const struct vastar_plan *plan = metrics->plan;
	struct exposition e;

	exposition_begin(&e, out, plan->url, plan->method, plan->run_id ? plan->run_id : "");
	exposition_family(&e, "vastar_info", "gauge", "The version of vastar; always 1.");
	exposition_sample(&e, "vastar_info", "version", VASTAR_VERSION, 1);
	put_state(&e, metrics->phase);
	put_counts(&e, metrics->totals);
	put_times(&e, metrics);
	put_load(&e, metrics);
	put_verdict(&e, metrics);
}

/* ---- the format ---- */

static int write_prometheus(const struct report *report, FILE *out, struct vastar_error *err)
{
	const struct run_facts *facts = &report->result->facts;
	struct totals *totals = totals_new();
	struct draft draft;

	if (!totals)
		return err_nomem(err, "report");
	if (!draft_open(&draft)) {
		totals_free(totals);
		return err_nomem(err, "report");
	}
	totals_add(totals, report->result->sum);
	metrics_write(
	    &(struct metrics){.plan = report->plan,
			      .result = report->result,
			      .totals = totals,
			      .phase = VASTAR_FINISHED,
			      .elapsed_s = ns_to_s(facts->total_ns),
			      .started_at_s = (double)facts->started_at_s + facts->started_at_ms / 1e3,
			      .connections_open = facts->connections_open,
			      .busy = result_busiest(report->result, NULL)},
	    draft.stream);
	totals_free(totals);
	return draft_emit(&draft, out, err);
}

const struct report_format report_prometheus = {.name = "prometheus", .write = write_prometheus};
