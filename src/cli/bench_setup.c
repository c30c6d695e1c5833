/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/bench_setup.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/ai_bench.h"
#include "cli/bench_output.h"
#include "cli/common.h"
#include "cli/grpc.h"
#include "cli/request.h"
#include "cli/share.h"
#include "cli/urls.h"

void bench_defaults(struct bench_options *o, char run_id[RUN_ID_MAX])
{
	*o = (struct bench_options){.format = "text"};
	vastar_settings_init(&o->settings);
	o->settings.run_id = make_run_id(run_id);
	o->settings.concurrency = 0; /* not given */
	o->ai.temperature = -1;
	o->settings.seed = o->random_seed = (uint64_t)time(NULL) * 1000 + (uint64_t)getpid() % 1000;
}

static int check_report_options(const struct bench_options *o, struct wanted *report,
				struct vastar_error *err)
{
	int rc = check_format("output format", o->format, strlen(o->format), err);

	if (!rc)
		rc = bench_outputs_check(&o->out, err);
	if (!rc)
		rc = check_color(o->color, err);
	if (!rc)
		rc = progress_style_parse(&report->progress, o->progress, err);
	if (!rc && o->no_progress && o->progress && report->progress != PROGRESS_NONE)
		rc = err_set(err, VASTAR_E_USAGE, "--no-progress with --progress %s: leave one of them out",
			     o->progress);
	if (o->no_progress)
		report->progress = PROGRESS_NONE;
	if (!rc && o->percentiles)
		rc = percentiles_parse(o->percentiles, report->percents, &report->options.percentile_count,
				       err);
	if (rc)
		return rc;
	report->options = (struct vastar_report_options){
	    .size = sizeof(report->options),
	    .hist_bins = o->hist_bins,
	    .color = wants_color(o->color),
	    .unicode = utf8_locale(),
	    .verbose = o->verbose,
	    .percentiles = report->percents,
	    .percentile_count = report->options.percentile_count,
	};
	if (o->calibration) {
		exit_without_memory_for_json();
		rc = ceiling_load(&report->ceiling, o->calibration, err);
		return_without_memory_for_json();
		if (rc)
			return rc;
	}
	if (!o->url && o->grpc.wanted)
		return err_set(err, VASTAR_E_USAGE,
			       "HOST:PORT: missing (vastar grpc --call pkg.Service/Method --proto FILE "
			       "127.0.0.1:50051, or see vastar help grpc)");
	if (!o->url)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: missing (vastar http://127.0.0.1:8080/, or see vastar --help)");
	return 0;
}

/* Only a -c that was typed contradicts a smaller -n. */
static void default_concurrency(struct vastar_settings *settings)
{
	struct vastar_settings standard;

	if (settings->concurrency)
		return;
	vastar_settings_init(&standard);
	settings->concurrency = standard.concurrency;
	if (!settings->duration_ns && settings->requests && settings->requests < standard.concurrency)
		settings->concurrency = (uint32_t)settings->requests;
}

static int check_repeats(const struct bench_options *o, struct vastar_error *err)
{
	const char *other = o->request_log ? "--request-log" : o->settings.until ? "--until" : NULL;

	if (o->repeats <= 1 || !other)
		return 0;
	return err_set(err, VASTAR_E_USAGE,
		       "--repeats and %s: %s covers one run only (leave one of them out)", other, other);
}

int bench_plan(struct bench_options *o, struct wanted *report, struct vastar_plan **planp,
	       struct vastar_error *err)
{
	struct grpc_made made = {0};
	struct url_requests requests = {0};
	struct ai_made ai = {0};
	struct made_request request = {0};
	int rc = set_urls(&o->settings, &o->urls, &o->url, &requests, err);

	if (!rc)
		rc = check_report_options(o, report, err);
	if (!rc)
		rc = set_request(&o->settings, &o->request, &request, err);
	default_concurrency(&o->settings);
	if (!rc)
		rc = check_repeats(o, err);
	if (!rc)
		rc = set_share(o, err);
	if (!rc)
		rc = exporters_check(o, err);
	if (!rc)
		rc = set_request_log(o->request_log, &o->settings.request_log_max, err);
	o->settings.url = o->url;
	if (!rc && o->grpc.wanted)
		rc = grpc_set_request(&o->settings, &o->grpc, &made, err);
	if (!rc && o->ai.wanted)
		rc = ai_set_requests(&o->settings, &o->ai, o->url, &ai, err);
	if (!rc)
		rc = vastar_plan_new(&o->settings, planp, err); /* copies what it needs */
	grpc_made_free(&made);
	url_requests_free(&requests);
	ai_made_free(&ai);
	made_request_free(&request);
	return rc;
}

void bench_free(struct bench_options *o, struct wanted *report)
{
	ceiling_free(&report->ceiling);
	free_request(&o->request);
	grpc_options_free(&o->grpc);
	free(o->out.items);
}
