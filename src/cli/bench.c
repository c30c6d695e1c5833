/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* vastar URL: options to settings, settings to plan, plan to run, run to result, result to report and exit
 * status. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/commands.h"
#include "cli/exit.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "report/report.h"
#include "vastar.h"

enum { FRAME_MS = 100, BODY_CHUNK = 64 * 1024, BODY_MAX = 1 << 30 };

/* ---- the body ---- */

static int read_all(FILE *file, const char *name, char **bytesp, size_t *lengthp, struct vastar_error *err)
{
	size_t room = 0, used = 0, got;
	char *bytes = NULL;

	do {
		if (room - used < BODY_CHUNK) {
			char *grown = realloc(bytes, room = room ? 2 * room : 2 * BODY_CHUNK);

			if (!grown) {
				free(bytes);
				return err_nomem(err, "request body");
			}
			bytes = grown;
		}
		got = fread(bytes + used, 1, BODY_CHUNK, file);
		used += got;
	} while (got && used <= BODY_MAX);
	if (ferror(file)) {
		free(bytes);
		return err_set(err, VASTAR_E_USAGE,
			       "body file %s: cannot be read: %s (check the path given to -D)", name,
			       strerror(errno));
	}
	*bytesp = bytes;
	*lengthp = used;
	return 0;
}

static int read_body(const char *name, char **bytesp, size_t *lengthp, struct vastar_error *err)
{
	FILE *file = strcmp(name, "-") ? fopen(name, "rbe") : stdin;
	int rc;

	if (!file)
		return err_set(err, VASTAR_E_USAGE,
			       "body file %s: cannot be opened: %s (check the path given to -D)", name,
			       strerror(errno));
	rc = read_all(file, name, bytesp, lengthp, err);
	if (file != stdin)
		fclose(file);
	return rc;
}

/* ---- what the report looks like ---- */

static bool utf8_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

static bool wants_color(const char *when)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when && strcmp(when, "auto"))
		return !strcmp(when, "always");
	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));
}

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
	if (o->color && strcmp(o->color, "auto") && strcmp(o->color, "always") && strcmp(o->color, "never"))
		return err_set(err, VASTAR_E_USAGE, "--color '%.40s': not known (use auto, always or never)",
			       o->color);
	if (!o->url)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: missing (vastar http://127.0.0.1:8080/, or see vastar --help)");
	return 0;
}

static int set_body(struct bench_options *o, char **ownedp, struct vastar_error *err)
{
	if (o->body && o->body_file)
		return err_set(err, VASTAR_E_USAGE, "body: given twice (either -d or -D)");
	if (o->body) {
		o->settings.body = o->body;
		o->settings.body_length = strlen(o->body);
	}
	if (o->body_file) {
		int rc = read_body(o->body_file, ownedp, &o->settings.body_length, err);

		o->settings.body = *ownedp;
		return rc;
	}
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
		rc = set_body(o, &body, err);
	default_concurrency(&o->settings);
	o->settings.url = o->url;
	o->settings.headers = o->headers.items;
	o->settings.header_count = o->headers.count;
	o->settings.disabled_features = getenv("VASTAR_DISABLE_FEATURES");
	if (o->settings.disabled_features && !*o->settings.disabled_features)
		o->settings.disabled_features = NULL;
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

static int run_and_report(const struct bench_options *o, const struct vastar_plan *plan)
{
	struct vastar_report_options report = report_options(o);
	struct vastar_result *result;
	struct vastar_error err;
	int status;

	if (run_plan(o, plan, &result, &err))
		return exit_with(&err);
	if (vastar_result_write(result, o->format, &report, stdout, &err))
		status = exit_with(&err);
	else
		status = status_of(o, result);
	vastar_result_free(result);
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
	free(o.headers.items);
	return status;
}
