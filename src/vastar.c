/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The public functions that need more than one layer. Those of the plan are in plan/plan.c, of the run in
 * engine/run.c. */
#include "vastar.h"

#include <stdlib.h>

#include "base/clock.h"
#include "engine/run.h"
#include "report/formats.h"
#include "report/requests.h"
#include "report/slo.h"
#include "stats/join.h"

const char *vastar_version(void)
{
	return VASTAR_VERSION;
}

int vastar_run_finish(struct vastar_run *run, struct vastar_result **resultp, struct vastar_error *err)
{
	const struct vastar_plan *plan = run_plan_of(run);
	struct vastar_result *result;
	struct result *measured;
	int rc = run_collect(run, &measured, err);

	run_free(run);
	if (rc)
		return rc;
	result = malloc(sizeof(*result));
	if (!result) {
		result_free(measured);
		return err_nomem(err, "result");
	}
	*result = (struct vastar_result){.plan = plan, .result = measured};
	*resultp = result;
	return 0;
}

int vastar_bench(const struct vastar_plan *plan, struct vastar_result **resultp, struct vastar_error *err)
{
	struct vastar_run *run;
	int rc = vastar_run_start(plan, &run, err);

	return rc ? rc : vastar_run_finish(run, resultp, err);
}

static bool add_repeat(struct repeats *repeats, const struct result *result)
{
	struct repeat repeat = repeat_of(result);

	return result->facts.interrupted || repeats_add(repeats, &repeat);
}

int vastar_result_repeat(struct vastar_result *whole, struct vastar_result *next, struct vastar_error *err)
{
	int rc = 0;

	if ((!whole->repeats.count && !add_repeat(&whole->repeats, whole->result)) ||
	    !add_repeat(&whole->repeats, next->result))
		rc = err_nomem(err, "repeats");
	if (!rc)
		rc = result_join(whole->result, next->result, JOIN_AFTER, err);
	vastar_result_free(next);
	return rc;
}

void vastar_result_summary(const struct vastar_result *handle, struct vastar_summary *summary)
{
	const struct result *result = handle->result;
	const struct shard *sum = result->sum;
	const struct hist *latency = &sum->latency;

	*summary = (struct vastar_summary){
	    .total_s = ns_to_s(result->facts.total_ns),
	    .drain_s = ns_to_s(result->facts.drain_ns),
	    .requests = result_requests(result),
	    .responses = sum->responses,
	    .errors = result_errors(result),
	    .non_2xx = result_non_2xx(result),
	    .drain_aborted = sum->drain_aborted,
	    .retried = sum->retried,
	    .stray = sum->stray,
	    .rps = result_rps(result),
	    .goodput_rps = result_goodput_rps(result),
	    .bytes = sum->bytes,
	    .fastest_s = latency->count ? ns_to_s(latency->min_ns) : 0,
	    .slowest_s = ns_to_s(latency->max_ns),
	    .average_s = hist_mean_s(latency),
	    .stddev_s = hist_stddev_s(latency),
	    .connections = result->facts.connections,
	    .connections_open = result->facts.connections_open,
	    .interrupted = result->facts.interrupted,
	};
}

double vastar_result_percentile(const struct vastar_result *handle, double percent)
{
	return ns_to_s(hist_percentile(&handle->result->sum->latency, percent));
}

uint64_t vastar_result_status(const struct vastar_result *handle, unsigned code)
{
	return code < STATUS_CODES ? handle->result->sum->status[code] : 0;
}

bool vastar_result_slo_passed(const struct vastar_result *handle)
{
	return slo_all_met(&handle->plan->slo, handle->result);
}

const char *vastar_result_features(const struct vastar_result *handle)
{
	return handle->result->facts.features;
}

int vastar_result_write(const struct vastar_result *handle, const char *name,
			const struct vastar_report_options *options, FILE *out, struct vastar_error *err)
{
	const struct report_format *format = report_format_find(name);
	struct report report = {.plan = handle->plan,
				.result = handle->result,
				.repeats = &handle->repeats,
				.merged = handle->merged,
				.ceiling = handle->ceiling};

	if (!format) {
		char known[200];

		report_format_names(known, sizeof(known));
		return err_set(err, VASTAR_E_USAGE, "report format '%.40s': not known (use %s)", name, known);
	}
	if (format->missing)
		return err_set(err, VASTAR_E_USAGE, "report format '%.40s': %s", name, format->missing);
	if (options)
		report.options = *options;
	if (!report.options.hist_bins)
		report.options.hist_bins = 11;
	return format->write(&report, out, err);
}

int vastar_result_write_requests(const struct vastar_result *handle, FILE *out, struct vastar_error *err)
{
	return report_requests(handle->result, out, err);
}

uint64_t vastar_result_requests_kept(const struct vastar_result *handle, uint64_t *lostp)
{
	return result_logged(handle->result, lostp);
}

void vastar_result_free(struct vastar_result *handle)
{
	if (handle) {
		result_free(handle->result);
		repeats_free(&handle->repeats);
	}
	free(handle);
}
