/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* vastar URL: options to settings, settings to plan, plan to run, run to result, result to report and exit
 * status. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/bench_output.h"
#include "cli/bench_setup.h"
#include "cli/command_text.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/exit.h"
#include "cli/grpc.h"
#include "cli/grpc_list.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "engine/run.h"
#include "report/failures.h"
#include "report/json/ndjson.h"
#include "vastar.h"

enum { FRAME_MS = 100 };

/* ---- running ---- */

/* Of the signal handler, which is there before the run is. */
static void stop(void *context)
{
	struct vastar_run *const volatile *run = context;

	if (*run)
		vastar_run_stop(*run);
}

/* With -o ndjson each second is a line. If their reader goes away, the run ends. */
static int take_intervals(const struct bench_options *o, struct vastar_run *run, struct progress *progress,
			  uint32_t *seenp, struct vastar_error *err)
{
	bool live = !strcmp(o->format, report_ndjson.name);
	struct interval interval;
	int rc = 0;

	while (run_next_interval(run, seenp, &interval)) {
		progress_add_interval(progress, &interval);
		if (live && !rc)
			rc = ndjson_write_interval(&interval, stdout, err);
	}
	if (rc)
		vastar_run_stop(run);
	return rc;
}

/* *stdoutp is what became of standard output meanwhile, with its sentence in *err unless the run failed. */
static int run_plan(const struct bench_options *o, struct wanted *report, const struct vastar_plan *plan,
		    const struct vastar_result *before, struct vastar_result **resultp, int *stdoutp,
		    struct vastar_error *err)
{
	struct progress progress;
	struct vastar_run *run = NULL;
	uint32_t seen = 0;
	bool ended = false;
	int rc;

	*stdoutp = 0;
	signals_install(stop, &run);
	rc = vastar_run_start(plan, &run, err);
	if (rc) {
		signals_disarm();
		return rc;
	}
	if (signals_received())
		vastar_run_stop(run);
	exporters_show_run(&report->exporters, run, before ? before->result : NULL);
	progress_init(&progress, report->progress, plan->requests, plan->duration_ns);
	while (!ended) {
		struct vastar_progress now;

		ended = vastar_run_wait(run, FRAME_MS);
		if (!*stdoutp)
			*stdoutp = take_intervals(o, run, &progress, &seen, err);
		if (ended || !progress_wanted(&progress))
			continue;
		vastar_run_progress(run, &now);
		progress_draw(&progress, &now);
	}
	progress_clear(&progress);
	signals_disarm();
	exporters_detach(&report->exporters);
	return vastar_run_finish(run, resultp, err);
}

/* --repeats: whole runs, all or none. Each has random gaps of its own; the report names the first one's
 * seed. */
static int run_repeats(const struct bench_options *o, struct wanted *report, const struct vastar_plan *plan,
		       struct vastar_result **resultp, int *stdoutp, struct vastar_error *err)
{
	int rc = run_plan(o, report, plan, NULL, resultp, stdoutp, err);

	for (uint32_t i = 1; !rc && !*stdoutp && i < o->repeats && !signals_received(); i++) {
		struct vastar_plan again = *plan;
		struct vastar_result *next;

		again.seed += i;
		again.target.dns_ns = 0; /* names are looked up once */
		rc = run_plan(o, report, &again, *resultp, &next, stdoutp, err);
		if (!rc) {
			next->plan = plan;
			rc = vastar_result_repeat(*resultp, next, err);
		}
		if (rc) {
			vastar_result_free(*resultp);
			*resultp = NULL;
		}
	}
	return rc;
}

/* One that cannot be written does not stop the others. */
static int write_files(const struct vastar_result *result, struct bench_outputs *outputs, struct output *log,
		       const struct vastar_report_options *options, struct vastar_error *err)
{
	struct vastar_error unsaid;
	int rc = bench_outputs_write(outputs, result, options, err);
	int logged = write_request_log(result, log, rc ? &unsaid : err);

	return rc ? rc : logged;
}

static int print_report(const struct bench_options *o, const struct vastar_result *result,
			const struct vastar_report_options *options, struct vastar_error *err)
{
	/* The intervals have been printed already. */
	if (!strcmp(o->format, report_ndjson.name))
		return ndjson_write_result(&(struct report){.plan = result->plan,
							    .result = result->result,
							    .repeats = &result->repeats,
							    .ceiling = result->ceiling,
							    .options = *options},
					   stdout, err);
	return vastar_result_write(result, o->format, options, stdout, err);
}

static int run_and_report(const struct bench_options *o, const struct vastar_plan *plan,
			  struct wanted *report)
{
	const struct vastar_report_options *options = &report->options;
	struct vastar_result *result = NULL;
	struct bench_outputs outputs;
	struct output log = {.path = NULL};
	struct vastar_error err, of_stdout;
	int rc = bench_outputs_open(&outputs, &o->out, &err), printed = 0, status;

	if (!rc)
		rc = output_open(&log, "--request-log", o->request_log, &err);
	if (!rc)
		rc = exporters_start(&report->exporters, o, plan, &err);
	if (!rc)
		rc = run_repeats(o, report, plan, &result, &printed, &err);
	of_stdout = err;
	if (result)
		exporters_show_result(&report->exporters, result->result);
	if (result && report->ceiling.count)
		result->ceiling = &report->ceiling;
	if (!rc)
		/* The files first: the reader of standard output may be gone. */
		rc = write_files(result, &outputs, &log, options, &err);
	if (result && !printed)
		printed = print_report(o, result, options, &of_stdout);
	status = rc ? exit_with(&err) : printed ? exit_with(&of_stdout) : bench_status(o, result);
	if (result)
		exporters_linger(&report->exporters);
	exporters_end(&report->exporters);
	bench_outputs_drop(&outputs);
	vastar_result_free(result);
	output_drop(&log);
	return status;
}

static int bench(const struct command *command, int argc, char **argv)
{
	struct bench_options o;
	struct vastar_plan *plan = NULL;
	struct wanted report = {0};
	struct vastar_error err;
	char run_id[RUN_ID_MAX], *typed;
	int rc, status;

	bench_defaults(&o, run_id);
	o.grpc.wanted = command == &grpc_command;
	o.ai.wanted = command == &ai_command;
	rc = options_parse(command, argc, argv, &o, &o.url, &err);
	o.settings.command = typed = rc ? NULL : command_text(command, argc, argv);
	if (!rc && o.help) {
		status = print_help(command);
	} else if (!rc && o.version) {
		status = print_version();
	} else if (rc || bench_plan(&o, &report, &plan, &err)) {
		status = exit_with(&err);
	} else {
		status = run_and_report(&o, plan, &report);
	}
	vastar_plan_free(plan);
	bench_free(&o, &report);
	free(typed);
	return status;
}

int bench_main(int argc, char **argv)
{
	return bench(&bench_command, argc, argv);
}

int grpc_main(int argc, char **argv)
{
	if (grpc_list_wanted(argc, argv))
		return grpc_list(argc, argv);
	return bench(&grpc_command, argc, argv);
}

int ai_main(int argc, char **argv)
{
	return bench(&ai_command, argc, argv);
}
