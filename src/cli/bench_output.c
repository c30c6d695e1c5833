/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/bench_output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/exit.h"
#include "cli/signals.h"
#include "report/failures.h"
#include "report/formats.h"
#include "vastar.h"

static const char OUT[] = "--out";

/* ---- the argument ---- */

/* "json=result.json": the format's name ends at the first '='. */
static const char *path_of(const char *spec)
{
	return spec + strcspn(spec, "=") + 1;
}

static void format_of(const char *spec, char name[REPORT_NAME_MAX])
{
	snprintf(name, REPORT_NAME_MAX, "%.*s", (int)strcspn(spec, "="), spec);
}

int check_format(const char *what, const char *name, size_t length, struct vastar_error *err)
{
	const struct report_format *format;
	char known[200], text[REPORT_NAME_MAX];

	snprintf(text, sizeof(text), "%.*s", (int)length, name);
	format = length < sizeof(text) ? report_format_find(text) : NULL;
	if (format && format->missing)
		return err_set(err, VASTAR_E_USAGE, "%s '%s': %s", what, text, format->missing);
	if (format)
		return 0;
	report_format_names(known, sizeof(known));
	return err_set(err, VASTAR_E_USAGE, "%s '%.*s': not known (use %s)", what,
		       length < 40 ? (int)length : 40, name, known);
}

static int check_spec(const struct option_list *specs, size_t at, struct vastar_error *err)
{
	const char *spec = specs->items[at];
	int rc;

	if (!strchr(spec, '='))
		return err_set(err, VASTAR_E_USAGE,
			       "%s '%.60s': not of the form FORMAT=FILE (for example json=result.json)", OUT,
			       spec);
	rc = check_format("--out: format", spec, strcspn(spec, "="), err);
	if (rc)
		return rc;
	if (!*path_of(spec))
		return err_set(err, VASTAR_E_USAGE, "%s %.60s: the file name is missing", OUT, spec);
	if (!strcmp(path_of(spec), "-"))
		return err_set(err, VASTAR_E_USAGE, "%s %.60s: writes to files (for standard output: -o)",
			       OUT, spec);
	for (size_t i = 0; i < at; i++)
		if (!strcmp(path_of(specs->items[i]), path_of(spec)))
			return err_set(err, VASTAR_E_USAGE, "%s: two reports for the file %.200s (keep one)",
				       OUT, path_of(spec));
	return 0;
}

int bench_outputs_check(const struct option_list *specs, struct vastar_error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < specs->count; i++)
		rc = check_spec(specs, i, err);
	return rc;
}

/* ---- the files ---- */

int bench_outputs_open(struct bench_outputs *outputs, const struct option_list *specs,
		       struct vastar_error *err)
{
	int rc = 0;

	*outputs = (struct bench_outputs){.specs = specs};
	if (!specs->count)
		return 0;
	outputs->files = calloc(specs->count, sizeof(*outputs->files));
	if (!outputs->files)
		return err_nomem(err, OUT);
	for (size_t i = 0; !rc && i < specs->count; i++)
		rc = output_open(&outputs->files[i], OUT, path_of(specs->items[i]), err);
	if (rc)
		bench_outputs_drop(outputs);
	return rc;
}

static int write_one(const char *spec, struct output *output, const struct vastar_result *result,
		     const struct vastar_report_options *options, struct vastar_error *err)
{
	char name[REPORT_NAME_MAX];
	struct vastar_error why;
	int rc;

	format_of(spec, name);
	rc = vastar_result_write(result, name, options, output->file, &why);
	if (rc)
		return err_set(err, why.status, "%s %.100s: %.350s", OUT, spec, why.text);
	return output_keep(output, err);
}

int bench_outputs_write(struct bench_outputs *outputs, const struct vastar_result *result,
			const struct vastar_report_options *options, struct vastar_error *err)
{
	struct vastar_report_options plain = *options;
	int first = 0;

	plain.color = false;
	for (size_t i = 0; outputs->files && i < outputs->specs->count; i++) {
		int rc = write_one(outputs->specs->items[i], &outputs->files[i], result, &plain,
				   first ? NULL : err);

		if (!first)
			first = rc;
	}
	return first;
}

void bench_outputs_drop(struct bench_outputs *outputs)
{
	for (size_t i = 0; outputs->files && i < outputs->specs->count; i++)
		output_drop(&outputs->files[i]);
	free(outputs->files);
	outputs->files = NULL;
}

int bench_status(const struct bench_options *o, const struct vastar_result *result)
{
	struct vastar_summary summary;

	vastar_result_summary(result, &summary);
	if (signals_received())
		return EXIT_SIGNAL + signals_received();
	if (!summary.responses) {
		/* The text report says it itself, to those who see it. */
		if (strcmp(o->format, "text") || !isatty(STDOUT_FILENO)) {
			fputs("vastar: ", stderr);
			failures_print(result->result, stderr);
		}
		return EXIT_FAILED;
	}
	if (o->strict && result->result->verdict != VERDICT_OK)
		return EXIT_GATE;
	return vastar_result_slo_passed(result) ? EXIT_OK : EXIT_GATE;
}

int write_request_log(const struct vastar_result *result, struct output *log, struct vastar_error *err)
{
	uint64_t lost, kept = vastar_result_requests_kept(result, &lost);
	int rc;

	if (!log->file)
		return 0;
	rc = vastar_result_write_requests(result, log->file, err);
	if (!rc)
		rc = output_keep(log, err);
	if (!rc && lost)
		fprintf(stderr,
			"vastar: --request-log %.200s: holds %" PRIu64 " of %" PRIu64
			" requests (raise --request-log-max)\n",
			log->path, kept, kept + lost);
	return rc;
}
