/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* vastar sweep: options to settings, the live line, the outputs and the exit status. */
#include "sweep/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "cli/command_text.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/exit.h"
#include "cli/grpc.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/request.h"
#include "cli/signals.h"
#include "cli/sweep_watch.h"
#include "cli/urls.h"

enum {
	REQUESTS = 2000,
	EACH_CONNECTION = 20,
	MAX_C = 10000,
	DESCRIPTORS_KEPT = 64,
	HOURS_24 = 24,
	POINT_MAX_S = 15,
	MAX_SPREAD = 4,
	MAX_P999_RATIO = 8,
	NOT_GIVEN = -1, /* a value that no option can have */
};

static const char *const formats[] = {"text", "json", "ndjson", "html", "prometheus"};

/* ---- options to settings ---- */

static void set_defaults(struct sweep_options *o)
{
	*o = (struct sweep_options){
	    .pick = "knee",
	    .format = "text",
	    .repeats = 1,
	    .baseline_c = 1,
	    .ref_max_age_ns = HOURS_24 * 3600 * NS_PER_S,
	    .seed = (uint64_t)time(NULL) * 1000 + (uint64_t)getpid() % 1000,
	    .knee_ratio = 0.95,
	    .max_spread = NOT_GIVEN,
	    .max_p999_ratio = NOT_GIVEN,
	    .max_tail_mult = 3,
	    .max_errors = 0.01,
	    .max_overhead_pct = 25,
	    .max_rps_deficit_pct = 50,
	};
	vastar_settings_init(&o->settings);
}

static bool known_format(const char *format)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(format, formats[i]))
			return true;
	return false;
}

static int check_options(const struct sweep_options *o, struct vastar_error *err)
{
	if (!known_format(o->format))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "output format '%.40s': not known (use -o text, json, ndjson, html or prometheus)",
		    o->format);
	if (check_color(o->color, err))
		return -VASTAR_E_USAGE;
	if (!o->url)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "URL: missing (vastar sweep http://127.0.0.1:8080/, or see vastar help sweep)");
	if (strcmp(o->pick, "knee") && strcmp(o->pick, "score"))
		return err_set(err, VASTAR_E_USAGE, "--pick '%.40s': not known (use knee or score)", o->pick);
	if (!(o->knee_ratio > 0 && o->knee_ratio <= 1))
		return err_set(err, VASTAR_E_USAGE,
			       "--knee-ratio: must be above 0 and at most 1 (for example 0.95)");
	if (!o->grpc.wanted &&
	    (o->grpc.protos.count || o->grpc.reflect || o->grpc.raw.count || o->grpc.stream_messages ||
	     o->settings.grpc_gap_ns || o->settings.grpc_longest_message))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--proto, --reflect, --raw, --stream-messages, --stream-gap and --max-message need "
		    "--call SERVICE/METHOD");
	if (o->grpc.wanted && o->vs)
		return err_set(err, VASTAR_E_USAGE,
			       "--vs with --call: a gRPC sweep has no reference (leave one of them out)");
	if (o->vs && o->ref_from_json)
		return err_set(err, VASTAR_E_USAGE,
			       "--vs with --ref-from-json: two references (leave one of them out)");
	if (!o->vs && (o->vs_method || o->vs_body || o->vs_content_type))
		return err_set(err, VASTAR_E_USAGE,
			       "--vs-method, --vs-body and --vs-content-type need --vs URL");
	if (o->vs && o->settings.mix_count)
		return err_set(err, VASTAR_E_USAGE,
			       "--vs with --urls: the reference is one request (leave one of them out)");
	if (o->grpc.wanted && o->settings.mix_count)
		return err_set(err, VASTAR_E_USAGE,
			       "--urls with --call: a call is one request (leave one of them out)");
	if (o->vs && o->settings.unix_path)
		return err_set(err, VASTAR_E_USAGE,
			       "--vs with --unix: both would go to that socket (write one URL as unix:PATH)");
	if (!o->ref_from_json && o->ref_nearest)
		return err_set(err, VASTAR_E_USAGE, "--ref-nearest: needs --ref-from-json FILE");
	if (o->point_max_ns && o->settings.duration_ns > o->point_max_ns)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "-z above --point-max: a run cannot exceed its time limit (leave one of them out)");
	if (o->exact_n && o->settings.duration_ns)
		return err_set(err, VASTAR_E_USAGE,
			       "--exact-n with -z: a run cannot have both (leave one of them out)");
	return 0;
}

/* The number of connections that the limit of descriptors allows. */
static uint32_t connections_allowed(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_max >= PLAN_CONNECTIONS_MAX + DESCRIPTORS_KEPT)
		return PLAN_CONNECTIONS_MAX;
	return limit.rlim_max > DESCRIPTORS_KEPT ? (uint32_t)(limit.rlim_max - DESCRIPTORS_KEPT) : 1;
}

static uint32_t highest_level(const struct sweep_options *o)
{
	uint32_t most = o->max_c ? o->max_c : MAX_C, allowed = connections_allowed();

	return most < allowed ? most : allowed;
}

/* Checked now: in random order an impossible level might come last. */
static int check_levels(const struct sweep_settings *settings, struct vastar_error *err)
{
	const struct levels *levels = &settings->levels;
	uint32_t last = levels->count ? levels->c[levels->count - 1] : 0, allowed = connections_allowed();

	if (settings->baseline_c > last)
		last = settings->baseline_c;
	if (last > allowed)
		return err_set(err, VASTAR_E_SYSTEM,
			       "level %u: the file descriptor limit allows %u connections (raise it with "
			       "ulimit -n, or use lower levels)",
			       last, allowed);
	return 0;
}

static int levels_of_the_file(const struct sweep_options *o, const struct reference *cached,
			      struct sweep_settings *settings, struct vastar_error *err)
{
	if (o->refine && !o->ref_nearest)
		return err_set(err, VASTAR_E_USAGE,
			       "--refine with --ref-from-json: the file does not hold the finer levels (add "
			       "--ref-nearest)");
	if (!o->conc) {
		settings->levels = cached->levels;
		return 0;
	}
	if (settings->levels.automatic && !o->ref_nearest)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--conc auto with --ref-from-json: the levels come from the file (leave --conc out)");
	for (unsigned i = 0; i < settings->levels.count; i++)
		if (reference_find(cached, settings->levels.c[i], o->ref_nearest) < 0)
			return err_set(
			    err, VASTAR_E_USAGE,
			    "--conc: the reference has no level %u (leave --conc out, or add --ref-nearest)",
			    settings->levels.c[i]);
	return 0;
}

/* The default type of a body is JSON: sweeps are more often about APIs than about forms. */
static void set_content_type(struct vastar_settings *request)
{
	if (request->body && !request->content_type)
		request->content_type = "application/json";
}

static int set_reference(const struct sweep_options *o, struct reference *cached,
			 struct sweep_settings *settings, struct vastar_error *err)
{
	int rc;

	if (o->vs) {
		settings->reference = settings->target;
		settings->reference.url = o->vs;
		if (o->vs_method)
			settings->reference.method = o->vs_method;
		if (o->vs_body) {
			settings->reference.body = o->vs_body;
			settings->reference.body_length = strlen(o->vs_body);
		}
		if (o->vs_content_type)
			settings->reference.content_type = o->vs_content_type;
		set_content_type(&settings->reference);
	}
	if (!o->ref_from_json)
		return 0;
	rc = reference_load(cached, o->ref_from_json, err);
	if (rc)
		return rc;
	settings->cached = cached;
	settings->reference_nearest = o->ref_nearest;
	settings->reference_max_age_ns = o->ref_max_age_ns;
	return levels_of_the_file(o, cached, settings, err);
}

/* Several hosts need several connections, at every level. */
static uint32_t lowest_level(const struct sweep_settings *settings)
{
	const struct levels *levels = &settings->levels;
	uint32_t lowest = levels->count ? levels->c[0] : 1;

	return settings->baseline_c < lowest ? settings->baseline_c : lowest;
}

/* Reports errors in the request before the first run. */
static int check_request(const struct vastar_settings *request, uint32_t lowest, struct vastar_error *err)
{
	struct vastar_settings one = *request;
	struct vastar_plan *plan;
	int rc;

	one.concurrency = lowest;
	rc = vastar_plan_new(&one, &plan, err);
	if (!rc)
		vastar_plan_free(plan);
	return rc;
}

/* For a run, including its warm-up. With -z it only limits a warm-up that does not end. */
static uint64_t longest_ns(const struct sweep_options *o)
{
	return (o->point_max_ns ? o->point_max_ns : POINT_MAX_S * NS_PER_S) + 2 * o->settings.duration_ns;
}

/* What the settings point to. */
struct sweep_made {
	struct made_request request;
	struct grpc_made call;
	struct url_requests requests;
};

static int make_settings(struct sweep_options *o, struct sweep_settings *settings, struct reference *cached,
			 struct sweep_made *made, struct vastar_error *err)
{
	int rc = set_urls(&o->settings, &o->urls, &o->url, &made->requests, err);

	if (!rc)
		rc = check_options(o, err);
	if (!rc)
		rc = set_request(&o->settings, &o->request, &made->request, err);
	if (rc)
		return rc;
	o->settings.url = o->url;
	if (o->grpc.wanted)
		rc = grpc_set_request(&o->settings, &o->grpc, &made->call, err);
	else
		set_content_type(&o->settings);
	if (rc)
		return rc;
	*settings = (struct sweep_settings){
	    .target = o->settings,
	    .most = highest_level(o),
	    .refine = o->refine,
	    .repeats = o->repeats,
	    .method = strcmp(o->pick, "score") ? PICK_KNEE : PICK_SCORE,
	    .knee_ratio = o->knee_ratio,
	    .baseline_c = o->baseline_c,
	    .gates = {.max_errors = o->max_errors,
		      .max_spread = o->max_spread >= 0 ? o->max_spread : MAX_SPREAD,
		      .max_p999_ratio = o->max_p999_ratio >= 0 ? o->max_p999_ratio : MAX_P999_RATIO,
		      .max_overhead_pct = o->max_overhead_pct,
		      .max_rps_deficit_pct = o->max_rps_deficit_pct,
		      .max_tail_mult = o->max_tail_mult,
		      .spread.by_hand = o->max_spread >= 0,
		      .p999.by_hand = o->max_p999_ratio >= 0},
	    .measure = {.requests = o->settings.requests ? o->settings.requests : REQUESTS,
			.each = EACH_CONNECTION,
			.connections = o->connections,
			.exact = o->exact_n,
			.duration_ns = o->settings.duration_ns,
			.least_ns = NS_PER_S,
			.prolong_ns = 5 * NS_PER_S,
			.most_ns = longest_ns(o)},
	    .seed = o->seed,
	};
	settings->target.requests = settings->target.duration_ns = 0;
	rc = levels_parse(&settings->levels, o->conc ? o->conc : "auto", PLAN_CONNECTIONS_MAX, err);
	if (!rc)
		rc = set_reference(o, cached, settings, err);
	if (!rc)
		rc = check_levels(settings, err);
	if (!rc)
		rc = check_request(&settings->target, lowest_level(settings), err);
	if (!rc && settings->reference.url)
		rc = check_request(&settings->reference, 1, err);
	return rc;
}

/* ---- outputs ---- */

static int write_report(const struct sweep *sweep, const struct sweep_options *o, struct vastar_error *err)
{
	if (!strcmp(o->format, "json"))
		return sweep_write_json(sweep, stdout, err);
	if (!strcmp(o->format, "ndjson"))
		return sweep_write_ndjson(sweep, stdout, err);
	if (!strcmp(o->format, "html"))
		return sweep_write_html(sweep, stdout, err);
	if (!strcmp(o->format, "prometheus"))
		return sweep_write_prometheus(sweep, stdout, err);
	return sweep_write_text(sweep, wants_color(o->color), stdout, err);
}

/* The files in addition to standard output. */
struct files {
	struct output json, html;
};

static int files_open(struct files *files, const struct sweep_options *o, struct vastar_error *err)
{
	int rc = output_open(&files->json, "--json-path", o->json_path, err);

	return rc ? rc : output_open(&files->html, "--html-path", o->html_path, err);
}

static int write_file(const struct sweep *sweep, struct output *output,
		      int (*write)(const struct sweep *sweep, FILE *out, struct vastar_error *err),
		      struct vastar_error *err)
{
	int rc = output->file ? write(sweep, output->file, err) : 0;

	return rc ? rc : output_keep(output, err);
}

static void files_drop(struct files *files)
{
	output_drop(&files->json);
	output_drop(&files->html);
}

/* ---- the command ---- */

static bool stop_asked;

static void stop(void *context)
{
	(void)context;
	__atomic_store_n(&stop_asked, true, __ATOMIC_RELAXED);
}

static int run_and_report(const struct sweep_options *o, struct sweep_settings *settings,
			  struct vastar_error *err)
{
	struct sweep_watch watch;
	struct sweep *sweep = calloc(1, sizeof(*sweep));
	struct files files = {0};
	int rc, status;

	if (!sweep)
		return err_nomem(err, "sweep"), exit_with(err);
	sweep_watch_init(&watch, !o->no_progress, !strcmp(o->format, "ndjson") ? stdout : NULL, &stop_asked);
	settings->on_event = sweep_watch_event;
	settings->context = &watch;
	settings->stop = &stop_asked;
	rc = files_open(&files, o, err);
	if (!rc) {
		signals_install(stop, NULL);
		rc = sweep_run(sweep, settings, err);
		progress_clear(&watch.line);
		signals_disarm();
	}
	if (!rc && watch.failed) {
		*err = watch.err;
		rc = -VASTAR_E_SYSTEM;
	}
	if (!rc)
		rc = write_file(sweep, &files.json, sweep_write_json, err);
	if (!rc)
		rc = write_file(sweep, &files.html, sweep_write_html, err);
	if (!rc)
		rc = write_report(sweep, o, err);
	status = rc		      ? exit_with(err)
		 : signals_received() ? EXIT_SIGNAL + signals_received()
				      : sweep_status(sweep);
	files_drop(&files);
	sweep_free(sweep);
	free(sweep);
	return status;
}

int sweep_main(int argc, char **argv)
{
	struct sweep_options o;
	struct sweep_settings settings;
	struct reference *cached = calloc(1, sizeof(*cached));
	struct vastar_error err;
	struct sweep_made made = {0};
	char *typed, run_id[RUN_ID_MAX];
	int rc, status;

	set_defaults(&o);
	o.settings.run_id = make_run_id(run_id);
	rc = cached ? options_parse(&sweep_command, argc, argv, &o, &o.url, &err) : err_nomem(&err, "sweep");
	o.grpc.wanted = o.grpc.call != NULL;
	o.settings.command = typed = rc ? NULL : command_text(&sweep_command, argc, argv);
	if (!rc && o.help) {
		status = print_help(&sweep_command);
	} else if (rc || make_settings(&o, &settings, cached, &made, &err)) {
		status = exit_with(&err);
	} else {
		status = run_and_report(&o, &settings, &err);
	}
	free_request(&o.request);
	grpc_options_free(&o.grpc);
	grpc_made_free(&made.call);
	url_requests_free(&made.requests);
	made_request_free(&made.request);
	free(typed);
	free(cached);
	return status;
}
