/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/plan.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cpus.h"

#define TIME_MAX_NS (1000 * 3600 * NS_PER_S) /* instants and sums of them stay far from overflow */
#define MAX_DURATION_DEFAULT_NS (600 * NS_PER_S)
#define REQUESTS_MAX (1ull << 53) /* what a JSON number holds exactly */

enum { REQUESTS_DEFAULT = 200, CONNECTIONS_DEFAULT = 50, CONNECTIONS_A_WORKER = 128 };

void vastar_settings_init(struct vastar_settings *settings)
{
	*settings = (struct vastar_settings){
	    .size = sizeof(*settings),
	    .concurrency = CONNECTIONS_DEFAULT,
	    .timeout_ns = 20 * NS_PER_S,
	    .drain_cap_ns = 2 * NS_PER_S,
	    .pipeline = 1,
	};
}

/* ---- checks ---- */

/* An open loop is asked for in one of these ways. */
static unsigned count_loads(const struct vastar_settings *settings)
{
	return (settings->rate > 0) + (settings->stages != NULL) + (settings->ramp != NULL) +
	       (settings->burst != NULL);
}

static int check_pipeline(const struct vastar_settings *settings, struct vastar_error *err)
{
	uint64_t at_once = (uint64_t)settings->concurrency * settings->pipeline;

	if (settings->pipeline > PLAN_PIPELINE_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "pipeline (--pipeline): %" PRIu32
			       " requests at once on a connection are too many "
			       "(at most %d)",
			       settings->pipeline, PLAN_PIPELINE_MAX);
	if (settings->pipeline <= 1)
		return 0;
	if (settings->disable_keepalive)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--pipeline and --disable-keepalive: a connection for each request has no second "
		    "one (leave one of them out)");
	if (settings->connection_rate > 0 || count_loads(settings))
		return err_set(err, VASTAR_E_USAGE,
			       "pipeline (--pipeline): requests that are due at a rate (-q, --rate, --ramp, "
			       "--stages, --burst) would wait for each other on a connection (leave one of "
			       "them out)");
	if (settings->requests && !settings->duration_ns && settings->requests < at_once)
		return err_set(err, VASTAR_E_USAGE,
			       "requests (-n): %" PRIu64 " requests cannot keep %" PRIu32
			       " connections (-c) busy with %" PRIu32
			       " each (raise -n, or lower -c or --pipeline)",
			       settings->requests, settings->concurrency, settings->pipeline);
	return 0;
}

static int check_load(const struct vastar_settings *settings, struct vastar_error *err)
{
	if (!settings->concurrency)
		return err_set(err, VASTAR_E_USAGE,
			       "concurrency (-c): 0 connections send nothing (use 1 or more)");
	if (settings->concurrency > PLAN_CONNECTIONS_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "concurrency (-c): %" PRIu32 " connections are too many (at most %d)",
			       settings->concurrency, PLAN_CONNECTIONS_MAX);
	if (settings->workers > PLAN_WORKERS_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "workers (-w): %" PRIu32 " threads are too many (at most %d)",
			       settings->workers, PLAN_WORKERS_MAX);
	if (settings->requests > REQUESTS_MAX)
		return err_set(err, VASTAR_E_USAGE, "requests (-n): %" PRIu64 " are too many (at most 2^53)",
			       settings->requests);
	if (settings->requests && !settings->duration_ns && settings->requests < settings->concurrency)
		return err_set(err, VASTAR_E_USAGE,
			       "requests (-n): %" PRIu64 " requests cannot keep %" PRIu32
			       " connections (-c) busy (raise -n or lower -c)",
			       settings->requests, settings->concurrency);
	return check_pipeline(settings, err);
}

static int check_times(const struct vastar_settings *settings, struct vastar_error *err)
{
	const struct {
		const char *name;
		uint64_t ns;
	} times[] = {
	    {"duration (-z)", settings->duration_ns},
	    {"timeout (-t)", settings->timeout_ns},
	    {"drain cap (--drain-cap)", settings->drain_cap_ns},
	    {"warm-up (--warmup)", settings->warmup_ns},
	    {"longest duration (--max-duration)", settings->max_duration_ns},
	};
	double rate = settings->connection_rate;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (times[i].ns > TIME_MAX_NS)
			return err_set(err, VASTAR_E_USAGE, "%s: it is too long (at most 1000h)",
				       times[i].name);
	if (!(rate >= 0) || isinf(rate))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "rate (-q): it must be a number of requests per second, 0 or more (0: no limit)");
	if (rate > PLAN_CONNECTION_RATE_MAX)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "rate (-q): %g requests per second on each connection are too many (at most %d)", rate,
		    PLAN_CONNECTION_RATE_MAX);
	if (rate > 0 && 1e9 / rate > (double)TIME_MAX_NS)
		return err_set(err, VASTAR_E_USAGE,
			       "rate (-q): %g requests per second are too few (at least one in 1000h)", rate);
	return 0;
}

static bool arrivals_find(const char *name, enum arrivals_kind *kindp)
{
	for (int kind = 0; kind < ARRIVALS_KINDS; kind++) {
		if (!name || !strcmp(name, arrivals_names[kind])) {
			*kindp = (enum arrivals_kind)kind;
			return true;
		}
	}
	return false;
}

static int check_rate_number(double rate, struct vastar_error *err)
{
	if (!(rate >= 0) || isinf(rate))
		return err_set(err, VASTAR_E_USAGE,
			       "rate (--rate): it must be a number of requests per second above 0");
	if (rate > PLAN_RATE_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "rate (--rate): %g requests per second are too many (at most %d)", rate,
			       PLAN_RATE_MAX);
	if (rate > 0 && 1e9 / rate > (double)TIME_MAX_NS)
		return err_set(err, VASTAR_E_USAGE,
			       "rate (--rate): %g requests per second are too few (at least one in 1000h)",
			       rate);
	return 0;
}

static int check_open_loop(const struct vastar_settings *settings, struct vastar_error *err)
{
	enum arrivals_kind kind;
	unsigned loads = count_loads(settings);
	bool staged = settings->stages || settings->ramp;

	if (check_rate_number(settings->rate, err))
		return -VASTAR_E_USAGE;
	if (!loads && settings->arrivals)
		return err_set(err, VASTAR_E_USAGE, "arrivals (--arrivals): they need a rate (add --rate)");
	if (!loads)
		return 0;
	if (loads > 1)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "--rate, --ramp, --stages and --burst: there can be one of them (leave the others out)");
	if (settings->connection_rate > 0)
		return err_set(err, VASTAR_E_USAGE,
			       "a rate of the whole (--rate, --ramp, --stages, --burst) and one for each "
			       "connection (-q): there can be one (leave one of them out)");
	if (!arrivals_find(settings->arrivals, &kind))
		return err_set(err, VASTAR_E_USAGE,
			       "arrivals (--arrivals) '%.40s': not known (use constant, poisson or uniform)",
			       settings->arrivals);
	if (settings->burst && kind != ARRIVALS_CONSTANT)
		return err_set(err, VASTAR_E_USAGE,
			       "burst (--burst): it is even, not %s (leave --arrivals out)",
			       settings->arrivals);
	if (staged && (settings->requests || settings->duration_ns))
		return err_set(err, VASTAR_E_USAGE,
			       "--stages and --ramp: their own times end the run (leave -n and -z out)");
	return 0;
}

/* "1k..50k:60s" alone. */
static int parse_ramp(const char *spec, struct schedule *schedule, struct vastar_error *err)
{
	int rc = schedule_parse(spec, "ramp (--ramp)", schedule, err);

	if (!rc && (schedule->stage_count != 1 || !strstr(spec, "..")))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "ramp (--ramp) '%.40s': not two rates and a time (for example 1k..50k:1m; --stages "
		    "takes several)",
		    spec);
	return rc;
}

static int make_schedule(const struct vastar_settings *settings, struct schedule *schedule,
			 struct vastar_error *err)
{
	int rc = 0;

	*schedule = (struct schedule){0};
	if (settings->stages)
		rc = schedule_parse(settings->stages, "stages (--stages)", schedule, err);
	else if (settings->ramp)
		rc = parse_ramp(settings->ramp, schedule, err);
	else if (settings->burst)
		rc = schedule_parse_burst(settings->burst, schedule, err);
	else if (settings->rate > 0)
		schedule_add(schedule, SCHEDULE_ENDLESS, settings->rate, settings->rate);
	if (!rc && schedule->stage_count && schedule_length(schedule) != SCHEDULE_ENDLESS &&
	    schedule_length(schedule) > TIME_MAX_NS)
		return err_set(err, VASTAR_E_USAGE, "stages: together they are too long (at most 1000h)");
	return rc;
}

static int check_until(const struct vastar_settings *settings, struct until *until, struct vastar_error *err)
{
	*until = (struct until){.name = ""};
	if (!settings->until && settings->max_duration_ns)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "longest duration (--max-duration): it belongs to --until (for a fixed time use -z)");
	if (!settings->until)
		return 0;
	if (settings->requests || settings->duration_ns)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "until (--until): it ends the run itself (leave -n and -z out; --max-duration is the "
		    "longest)");
	if (settings->stages || settings->ramp)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "until (--until): a load that changes has no percentile to wait for (leave --stages "
		    "and --ramp out)");
	return until_parse(settings->until, until, err);
}

int plan_check(const struct vastar_settings *settings, struct vastar_error *err)
{
	struct schedule schedule;
	struct until until;
	int rc;

	if (!settings->url || !*settings->url)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: there is none (for example http://localhost:8080/)");
	rc = check_load(settings, err);
	if (!rc)
		rc = check_times(settings, err);
	if (!rc)
		rc = check_open_loop(settings, err);
	if (!rc)
		rc = make_schedule(settings, &schedule, err);
	if (!rc)
		rc = check_until(settings, &until, err);
	if (rc)
		return rc;
	if (!settings->body && settings->body_length)
		return err_set(err, VASTAR_E_USAGE, "body: it has a length but no bytes (set both or none)");
	if (settings->body_length > PLAN_BODY_MAX)
		return err_set(err, VASTAR_E_USAGE, "body (-d, -D): %zu bytes are too many (at most 1 GiB)",
			       settings->body_length);
	if (settings->request_log_max > PLAN_REQUEST_LOG_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "request log (--request-log-max): %" PRIu64 " rows are too many (at most %d)",
			       settings->request_log_max, PLAN_REQUEST_LOG_MAX);
	if (!settings->headers && settings->header_count)
		return err_set(err, VASTAR_E_USAGE,
			       "headers: there is a count but no list (set both or none)");
	return 0;
}

/* ---- workers ---- */

uint32_t plan_worker_count(uint32_t connections, uint32_t asked, uint32_t usable_cpus)
{
	uint32_t workers = asked;

	if (!asked) {
		workers = connections / CONNECTIONS_A_WORKER;
		if (workers > usable_cpus)
			workers = usable_cpus;
	}
	if (workers > PLAN_WORKERS_MAX)
		workers = PLAN_WORKERS_MAX;
	if (workers > connections)
		workers = connections;
	return workers ? workers : 1;
}

/* ---- plan ---- */

static int copy_string(char **top, const char *from, struct vastar_error *err)
{
	*top = strdup(from);
	return *top ? 0 : err_nomem(err, "plan");
}

/* The method as request_build() has written it. */
static int copy_method(struct vastar_plan *plan, struct vastar_error *err)
{
	const char *space = memchr(plan->request.bytes, ' ', plan->request.head_length);

	plan->method = strndup(plan->request.bytes, (size_t)(space - plan->request.bytes));
	return plan->method ? 0 : err_nomem(err, "plan");
}

/* The settings have been checked. */
static void plan_open_loop(struct vastar_plan *plan, const struct vastar_settings *settings)
{
	struct schedule *schedule = &plan->schedule;

	plan->pace.kind = PACE_OPEN;
	plan->rate = settings->rate;
	plan->seed = settings->seed;
	arrivals_find(settings->arrivals, &plan->arrivals);
	make_schedule(settings, schedule, NULL);
	if (schedule_length(schedule) != SCHEDULE_ENDLESS) {
		plan->duration_ns = schedule_length(schedule);
		plan->requests = UINT64_MAX;
	}
	if (plan->warmup_ns)
		schedule_warm_up(schedule, plan->warmup_ns);
}

static void plan_numbers(struct vastar_plan *plan, const struct vastar_settings *settings)
{
	uint64_t at_once;

	plan->connections = settings->concurrency;
	plan->pipeline = settings->pipeline ? settings->pipeline : 1;
	at_once = (uint64_t)plan->connections * plan->pipeline;
	plan->workers = plan_worker_count(settings->concurrency, settings->workers, cpus_usable());
	if (settings->duration_ns)
		plan->requests = UINT64_MAX;
	else if (settings->requests)
		plan->requests = settings->requests;
	else
		plan->requests = at_once > REQUESTS_DEFAULT ? at_once : REQUESTS_DEFAULT;
	plan->duration_ns = settings->duration_ns;
	plan->connection_rate = settings->connection_rate;
	if (settings->connection_rate > 0) {
		plan->pace.kind = PACE_CONNECTION;
		/* A whole number of ns: wrong by 1/2000 at the highest rate that is allowed, and by next to
		 * nothing at those that a connection can hold. */
		plan->pace.gap_ns = (uint64_t)llround(1e9 / settings->connection_rate);
	}
	check_until(settings, &plan->until, NULL);
	if (*plan->until.name) {
		plan->duration_ns =
		    settings->max_duration_ns ? settings->max_duration_ns : MAX_DURATION_DEFAULT_NS;
		plan->requests = UINT64_MAX;
	}
	plan->warmup_ns = settings->warmup_ns;
	if (count_loads(settings))
		plan_open_loop(plan, settings);
	plan->request_log_max = settings->request_log_max;
	plan->timeout_ns = settings->timeout_ns;
	plan->drain_cap_ns = settings->drain_cap_ns;
	plan->keepalive = !settings->disable_keepalive;
	plan->compression = !settings->disable_compression;
	plan->follow_redirects = !settings->disable_redirects && plan->pipeline == 1;
	plan->redirect_hosts = settings->redirect_hosts;
	plan->kernel_timestamps = settings->kernel_timestamps;
}

static int plan_fill(struct vastar_plan *plan, const struct vastar_settings *settings,
		     struct vastar_error *err)
{
	int rc = plan_check(settings, err);

	if (!rc)
		rc = target_parse(&plan->target, settings->url, err);
	if (!rc && settings->slo_target)
		rc = slo_targets_parse(&plan->slo, settings->slo_target, err);
	if (!rc)
		rc = request_build(&plan->request, settings, &plan->target, err);
	if (!rc)
		rc = copy_method(plan, err);
	if (!rc)
		rc = copy_string(&plan->url, settings->url, err);
	if (!rc && settings->disabled_features)
		rc = copy_string(&plan->disabled_feature_names, settings->disabled_features, err);
	if (rc)
		return rc;
	plan_numbers(plan, settings);
	/* Last: it may take seconds, which wrong settings should not have to wait for. */
	return target_resolve(&plan->target, err);
}

int vastar_plan_new(const struct vastar_settings *settings, struct vastar_plan **planp,
		    struct vastar_error *err)
{
	struct vastar_settings known;
	struct vastar_plan *plan;
	int rc;

	vastar_settings_init(&known);
	if (settings->size < offsetof(struct vastar_settings, disabled_features) ||
	    settings->size > sizeof(known))
		return err_set(err, VASTAR_E_USAGE,
			       "settings: their size is %zu and not %zu (call vastar_settings_init(), and "
			       "use the header "
			       "of this libvastar)",
			       settings->size, sizeof(known));
	/* A program that was built with an earlier header has a shorter struct: the rest keeps its
	 * defaults. */
	memcpy(&known, settings, settings->size);
	plan = calloc(1, sizeof(*plan));
	if (!plan)
		return err_nomem(err, "plan");
	rc = plan_fill(plan, &known, err);
	if (rc) {
		vastar_plan_free(plan);
		return rc;
	}
	*planp = plan;
	return 0;
}

void vastar_plan_free(struct vastar_plan *plan)
{
	if (!plan)
		return;
	target_deinit(&plan->target);
	request_deinit(&plan->request);
	free(plan->url);
	free(plan->method);
	free(plan->disabled_feature_names);
	free(plan);
}
