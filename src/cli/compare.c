/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* vastar compare: two files to a comparison, comparison to report and exit status. */
#include "report/saved/compare.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/common.h"
#include "cli/exit.h"
#include "cli/help.h"
#include "cli/options.h"

static int check_options(const struct compare_options *o, const char *const files[2], struct limits *limits,
			 struct vastar_error *err)
{
	if (strcmp(o->format, "text") && strcmp(o->format, "json") && strcmp(o->format, "markdown") &&
	    strcmp(o->format, "html"))
		return err_set(err, VASTAR_E_USAGE,
			       "output format '%.40s': not known (use -o text, json, markdown or html)",
			       o->format);
	if (check_color(o->color, err))
		return -VASTAR_E_USAGE;
	if (!files[0] || !files[1])
		return err_set(
		    err, VASTAR_E_USAGE,
		    "compare: two files are needed (vastar compare BASE.json NEW.json, or see vastar help "
		    "compare)");
	return limits_parse(limits, o->max_regression, err);
}

static int write_report(const struct comparison *comparison, const struct compare_options *o,
			struct vastar_error *err)
{
	if (!strcmp(o->format, "json"))
		return comparison_write_json(comparison, stdout, err);
	if (!strcmp(o->format, "markdown"))
		return comparison_write_markdown(comparison, stdout, err);
	if (!strcmp(o->format, "html"))
		return comparison_write_html(comparison, stdout, err);
	return comparison_write_text(comparison, wants_color(o->color), stdout, err);
}

static int status_of(const struct comparison *comparison)
{
	if (!comparison_judged(comparison))
		fprintf(stderr,
			"vastar: compare: cannot tell a change from noise, with %u and %u runs (measure both "
			"with --repeats %d)\n",
			comparison->base.runs.count, comparison->next.runs.count, CHANGE_RUNS_LEAST);
	else if (comparison_gate(comparison) == GATE_UNKNOWN)
		fputs("vastar: compare: cannot judge a figure of --max-regression that the base lacks "
		      "(measure the "
		      "base again)\n",
		      stderr);
	return comparison_gate(comparison) == GATE_FAILED ? EXIT_GATE : EXIT_OK;
}

static int run(const struct compare_options *o, const char *const files[2], struct vastar_error *err)
{
	struct comparison comparison = {0};
	int rc = check_options(o, files, &comparison.limits, err), status;

	exit_without_memory_for_json();
	if (!rc)
		rc = comparison_load(&comparison, files[0], files[1], err);
	if (!rc)
		rc = write_report(&comparison, o, err);
	status = rc ? exit_with(err) : status_of(&comparison);
	comparison_free(&comparison);
	return status;
}

int compare_main(int argc, char **argv)
{
	struct compare_options o = {.format = "text"};
	const char *files[2] = {NULL, NULL};
	struct vastar_error err;

	if (options_parse(&compare_command, argc, argv, &o, files, &err))
		return exit_with(&err);
	return o.help ? print_help(&compare_command) : run(&o, files, &err);
}
