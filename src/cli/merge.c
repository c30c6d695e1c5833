/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* vastar merge: files to runs, runs to one result, result to report and exit status. */
#include "report/saved/merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cli/bench_output.h"
#include "cli/command_text.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/exit.h"
#include "cli/help.h"
#include "cli/options.h"
#include "report/percentiles.h"
#include "vastar.h"

struct inputs {
	const char **files;  /* owned; the names are the command line's */
	struct saved *saved; /* owned */
	unsigned count;
};

static bool inputs_init(struct inputs *inputs, int argc)
{
	inputs->files = calloc((size_t)argc + 1, sizeof(*inputs->files));
	inputs->saved = calloc((size_t)argc + 1, sizeof(*inputs->saved));
	return inputs->files && inputs->saved;
}

static int inputs_load(struct inputs *inputs, struct vastar_error *err)
{
	int rc = 0;

	for (; !rc && inputs->files[inputs->count]; inputs->count += !rc)
		rc = saved_load(&inputs->saved[inputs->count], inputs->files[inputs->count], err);
	return rc;
}

static void inputs_deinit(struct inputs *inputs)
{
	for (unsigned i = 0; i < inputs->count; i++)
		saved_free(&inputs->saved[i]);
	free(inputs->files);
	free(inputs->saved);
}

static int check_options(const struct merge_options *o, struct vastar_error *err)
{
	int rc = check_format("output format", o->format, strlen(o->format), err);

	return rc ? rc : check_color(o->color, err);
}

static int print_report(const struct merge_options *o, const struct vastar_result *result,
			struct vastar_error *err)
{
	double percents[PERCENTILES_MAX];
	struct vastar_report_options options = {
	    .size = sizeof(options),
	    .hist_bins = o->hist_bins,
	    .color = wants_color(o->color),
	    .unicode = utf8_locale(),
	    .percentiles = percents,
	};
	int rc =
	    o->percentiles ? percentiles_parse(o->percentiles, percents, &options.percentile_count, err) : 0;

	return rc ? rc : vastar_result_write(result, o->format, &options, stdout, err);
}

/* `command` takes the place of those that made the files; it is owned here. */
static int run(const struct merge_options *o, struct inputs *inputs, char *command, struct vastar_error *err)
{
	struct merged merged = {0};
	struct saved whole = {0};
	struct vastar_result result;
	int status = EXIT_OK;
	int rc = check_options(o, err);

	exit_without_memory_for_json();
	if (!rc)
		rc = inputs_load(inputs, err);
	if (!rc)
		rc = merge_runs(inputs->saved, inputs->files, inputs->count, o->force, &whole, &merged, err);
	if (!rc && inputs->count > 1) { /* a single report stays what it was */
		free(whole.plan->command);
		whole.plan->command = command;
	} else {
		free(command);
	}
	if (!rc && o->slo_target)
		rc = slo_targets_parse(&whole.plan->slo, o->slo_target, err);
	result = (struct vastar_result){
	    .plan = whole.plan, .result = whole.result, .repeats = whole.repeats, .merged = &merged};
	if (!rc)
		rc = print_report(o, &result, err);
	if (rc)
		status = exit_with(err);
	else if (!whole.result->sum->responses)
		status = EXIT_FAILED;
	else if (!vastar_result_slo_passed(&result))
		status = EXIT_GATE;
	saved_free(&whole);
	merged_free(&merged);
	return status;
}

int merge_main(int argc, char **argv)
{
	struct merge_options o = {.format = "text"};
	struct inputs inputs = {0};
	struct vastar_error err;
	int rc, status;

	rc = inputs_init(&inputs, argc) ? options_parse(&merge_command, argc, argv, &o, inputs.files, &err)
					: err_nomem(&err, "merge");
	if (!rc && o.help)
		status = print_help(&merge_command);
	else
		status =
		    rc ? exit_with(&err) : run(&o, &inputs, command_text(&merge_command, argc, argv), &err);
	inputs_deinit(&inputs);
	return status;
}
