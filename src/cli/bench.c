/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* vastar URL: options to settings, settings to plan, plan to run, run to result, result to report and exit
 * status. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/exit.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "report/report.h"
#include "vastar.h"

enum { FRAME_MS = 100 };

static struct vastar_report_options report_options(const struct bench_options *o)
{
	struct vastar_report_options report = {
	    .size = sizeof(report), .hist_bins = o->hist_bins, .verbose = o->verbose};

	report.color = wants_color(o->color);
	report.unicode = utf8_locale();
	return report;
}

/* ---- options ---- */

static int check_report_options(const struct bench_options *o, struct vastar_error *err)
{
	if (strcmp(o->format, "text") && strcmp(o->format, "json"))
		return err_set(err, VASTAR_E_USAGE,
			       "output format '%.40s': not known (use -o text or -o json)", o->format);
	if (check_color(o->color, err))
		return -VASTAR_E_USAGE;
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

static int make_plan(struct bench_options *o, struct vastar_plan **planp, struct vastar_error *err)
{
	char *body = NULL;
	int rc = check_report_options(o, err);

	if (!rc)
		rc = set_request(&o->settings, &o->request, &body, err);
	default_concurrency(&o->settings);
	if (!rc)
		rc = set_request_log(o->request_log, &o->settings.request_log_max, err);
	o->settings.url = o->url;
	if (!rc)
		rc = vastar_plan_new(&o->settings, planp, err); /* copies what it needs */
	free(body);
	return rc;
}

/* ---- running ---- */

static void stop(void *run)
{
	vastar_run_stop(run);
}

static int run_plan(const struct bench_options *o, const struct vastar_plan *plan,
		    struct vastar_result **resultp, struct vastar_error *err)
{
	struct progress progress;
	struct vastar_run *run;
	int rc = vastar_run_start(plan, &run, err);

	if (rc)
		return rc;
	signals_install(stop, run);
	progress_init(&progress, !o->no_progress, plan->requests, plan->duration_ns);
	while (!vastar_run_wait(run, FRAME_MS)) {
		struct vastar_progress now;

		if (!progress.shown)
			continue;
		vastar_run_progress(run, &now);
		progress_draw(&progress, &now);
	}
	progress_clear(&progress);
	signals_disarm();
	return vastar_run_finish(run, resultp, err);
}

static int status_of(const struct bench_options *o, const struct vastar_result *result)
{
	struct vastar_summary summary;

	vastar_result_summary(result, &summary);
	if (signals_received())
		return EXIT_SIGNAL + signals_received();
	if (!summary.responses) {
		/* The text report says it itself, to those who see it. */
		if (strcmp(o->format, "text") || !isatty(STDOUT_FILENO)) {
			fputs("vastar: ", stderr);
			report_nothing_answered(result->result, stderr);
		}
		return EXIT_FAILED;
	}
	return vastar_result_slo_passed(result) ? EXIT_OK : EXIT_GATE;
}

/* The request log, and a line when not every request is in it. */
static int write_requests(const struct vastar_result *result, struct output *log, struct vastar_error *err)
{
	uint64_t lost, kept = vastar_result_requests_kept(result, &lost);
	int rc;

	if (!log->file)
		return 0;
	rc = output_finish(log, vastar_result_write_requests(result, log->file, err), err);
	if (!rc && lost)
		fprintf(stderr,
			"vastar: --request-log %.200s: holds %" PRIu64 " of %" PRIu64
			" requests (raise --request-log-max)\n",
			log->path, kept, kept + lost);
	return rc;
}

static int run_and_report(const struct bench_options *o, const struct vastar_plan *plan)
{
	struct vastar_report_options report = report_options(o);
	struct vastar_result *result = NULL;
	struct output log;
	struct vastar_error err;
	int rc, status;

	rc = output_open(&log, "--request-log", o->request_log, &err);
	if (!rc)
		rc = run_plan(o, plan, &result, &err);
	if (!rc)
		rc = vastar_result_write(result, o->format, &report, stdout, &err);
	status = rc ? exit_with(&err) : status_of(o, result);
	/* One of the two that cannot be written takes nothing from the other. */
	if (result && write_requests(result, &log, &err))
		status = exit_with(&err);
	vastar_result_free(result);
	output_drop(&log);
	return status;
}

int bench_main(int argc, char **argv)
{
	struct bench_options o = {.format = "text"};
	struct vastar_plan *plan = NULL;
	struct vastar_error err;
	int rc, status;

	vastar_settings_init(&o.settings);
	o.settings.concurrency = 0; /* not given */
	o.settings.seed = (uint64_t)time(NULL) * 1000 + (uint64_t)getpid() % 1000;
	rc = options_parse(&bench_command, argc, argv, &o, &o.url, &err);
	if (!rc && o.help) {
		status = print_help(&bench_command);
	} else if (!rc && o.version) {
		status = print_version();
	} else if (rc || make_plan(&o, &plan, &err)) {
		status = exit_with(&err);
	} else {
		status = run_and_report(&o, plan);
	}
	vastar_plan_free(plan);
	free(o.request.headers.items);
	return status;
}
