/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cpus.h"
#include "plan/check.h"

#define MAX_DURATION_DEFAULT_NS (600 * NS_PER_S)
#define H2_WINDOW_DEFAULT ((1u << 30) - 1) /* so large that no response waits for it */

enum { REQUESTS_DEFAULT = 200, CONNECTIONS_DEFAULT = 50, CONNECTIONS_A_WORKER = 128, RATE_A_WORKER = 100000 };

void vastar_settings_init(struct vastar_settings *settings)
{
	*settings = (struct vastar_settings){
	    .size = sizeof(*settings),
	    .concurrency = CONNECTIONS_DEFAULT,
	    .timeout_ns = 20 * NS_PER_S,
	    .drain_cap_ns = 2 * NS_PER_S,
	    .pipeline = 1,
	    .streams = 1,
	};
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

void plan_start_with(struct vastar_plan *plan, uint32_t workers)
{
	if (workers > plan->workers_max)
		workers = plan->workers_max;
	if (workers > plan->workers)
		plan->workers = workers;
}

uint32_t plan_workers_for_rate(double rate)
{
	double workers = rate / RATE_A_WORKER;

	return workers > PLAN_WORKERS_MAX ? PLAN_WORKERS_MAX : (uint32_t)ceil(workers);
}

/* ---- plan ---- */

/* Of the arrivals of the whole every n-th belongs to this run, and of those every n-th to a worker. */
void plan_arrivals(const struct vastar_plan *plan, uint64_t start_ns, uint32_t worker, uint32_t workers,
		   struct arrivals *arrivals)
{
	uint32_t parts = share_is_part(&plan->share) ? plan->share.count : 1;

	arrivals_init(arrivals, plan->arrivals, &plan->drawn, plan->seed, start_ns,
		      plan->share.index + parts * worker, parts * workers);
}

const char *plan_protocol_name(const struct vastar_plan *plan)
{
	if (plan->protocol == PROTOCOL_WEBSOCKET)
		return plan->target.tls ? "wss" : "ws";
	if (plan->protocol != PROTOCOL_HTTP2)
		return "http/1.1";
	return plan->target.tls ? "h2" : "h2c";
}

bool plan_has_unix(const struct vastar_plan *plan)
{
	for (uint32_t i = 0; i < plan->mix.count; i++)
		if (plan->mix.requests[i].target.unix_path)
			return true;
	return plan->target.unix_path != NULL;
}

static int copy_string(char **top, const char *from, struct vastar_error *err)
{
	*top = strdup(from);
	return *top ? 0 : err_nomem(err, "plan");
}

/* The method as request_build() has written it; of a mix only if it has just one. */
static int copy_method(struct vastar_plan *plan, struct vastar_error *err)
{
	const char *space = memchr(plan->request.bytes, ' ', plan->request.head_length);

	for (uint32_t i = 1; i < plan->mix.count; i++)
		if (strcmp(plan->mix.requests[i].method, plan->mix.requests[0].method) != 0)
			return copy_string(&plan->method, "several", err);

	plan->method = strndup(plan->request.bytes, (size_t)(space - plan->request.bytes));
	return plan->method ? 0 : err_nomem(err, "plan");
}

/* The portion of the schedule that is asked of this run. */
static void take_schedule(struct vastar_plan *plan)
{
	struct schedule *schedule = &plan->schedule;

	*schedule = plan->drawn;
	if (!share_is_part(&plan->share))
		return;
	schedule_scale(schedule, 1.0 / plan->share.count);
	plan->rate /= plan->share.count;
	if (schedule->burst)
		schedule->burst = schedule->burst < plan->share.count
				      ? 1
				      : (uint32_t)share_of(&plan->share, schedule->burst);
}

/* The settings have been checked. */
static void fill_open_loop(struct vastar_plan *plan, const struct vastar_settings *settings)
{
	struct schedule *schedule = &plan->drawn;
	uint32_t workers;

	plan->pace.kind = PACE_OPEN;
	plan->rate = settings->rate;
	arrivals_find(settings->arrivals, &plan->arrivals);
	plan_schedule(settings, schedule, NULL);
	if (schedule_length(schedule) != SCHEDULE_ENDLESS) {
		plan->duration_ns = schedule_length(schedule);
		plan->requests = UINT64_MAX;
	}
	if (plan->warmup_ns)
		schedule_warm_up(schedule, plan->warmup_ns);
	take_schedule(plan);
	workers = plan_workers_for_rate(schedule_peak(&plan->schedule));
	if (workers > plan->workers)
		plan->workers = workers < plan->workers_max ? workers : plan->workers_max;
}

static uint64_t requests_of(const struct vastar_settings *settings)
{
	uint64_t at_once = settings->concurrency;

	if (settings->duration_ns)
		return UINT64_MAX;
	if (settings->requests)
		return settings->requests;
	at_once *= settings->pipeline ? settings->pipeline : 1;
	at_once *= settings->streams ? settings->streams : 1;
	at_once *= settings->ws_per_connection ? settings->ws_per_connection : 1;
	return at_once > REQUESTS_DEFAULT ? at_once : REQUESTS_DEFAULT;
}

/* Turns the settings of the whole into those of the part that this run is. Its schedule is drawn from the
 * whole one: take_schedule(). */
static void take_share(struct vastar_plan *plan, struct vastar_settings *settings)
{
	const struct share *share = &plan->share;

	plan->share = (struct share){.index = settings->share_index ? settings->share_index - 1 : 0,
				     .count = settings->share_count};
	plan->whole = (struct whole){
	    .connections = settings->concurrency, .requests = requests_of(settings), .rate = settings->rate};
	plan->first_connection = (uint32_t)share_before(share, settings->concurrency);
	if (!share_is_part(share))
		return;
	settings->concurrency = (uint32_t)share_of(share, settings->concurrency);
	settings->in_flight = (uint32_t)share_of(share, settings->in_flight);
	settings->new_connections /= share->count;
	if (plan->whole.requests != UINT64_MAX)
		settings->requests = share_of(share, plan->whole.requests);
}

static void plan_numbers(struct vastar_plan *plan, const struct vastar_settings *settings)
{
	plan->connections = settings->concurrency;
	plan->pipeline = settings->pipeline ? settings->pipeline : 1;
	plan->protocol = settings->http2	  ? PROTOCOL_HTTP2
			 : plan->target.websocket ? PROTOCOL_WEBSOCKET
						  : PROTOCOL_HTTP1;
	plan->streams = settings->streams ? settings->streams : 1;
	plan->in_flight = settings->in_flight ? settings->in_flight : plan->connections * plan->streams;
	plan->h2_window = settings->h2_window ? settings->h2_window : H2_WINDOW_DEFAULT;
	plan->workers = plan_worker_count(settings->concurrency, settings->workers, cpus_usable());
	plan->workers_max = plan->workers;
	plan->swing = settings->swing_workers;
	if (plan->swing)
		plan->workers_max = plan_worker_count(settings->concurrency, settings->swing_workers, 0);
	else if (!settings->workers)
		plan->workers_max = plan_worker_count(settings->concurrency, cpus_usable(), 0);
	if (plan->workers_max < plan->workers)
		plan->workers_max = plan->workers;
	plan->requests = requests_of(settings);
	plan->duration_ns = settings->duration_ns;
	plan->connection_rate = settings->connection_rate;
	plan->new_connections = settings->new_connections;
	if (settings->connection_rate > 0) {
		plan->pace.kind = PACE_CONNECTION;
		/* A whole number of ns: wrong by 1/2000 at the highest rate that is allowed, and by next to
		 * nothing at those that a connection can hold. */
		plan->pace.gap_ns = (uint64_t)llround(1e9 / settings->connection_rate);
	}
	plan_until(settings, &plan->until, NULL);
	if (*plan->until.name) {
		plan->duration_ns =
		    settings->max_duration_ns ? settings->max_duration_ns : MAX_DURATION_DEFAULT_NS;
		plan->requests = UINT64_MAX;
	}
	plan->warmup_ns = settings->warmup_ns;
	if (plan_open_loop(settings))
		fill_open_loop(plan, settings);
	plan->seed = settings->seed;
	plan->request_log_max = settings->request_log_max;
	plan->timeout_ns = settings->timeout_ns;
	plan->drain_cap_ns = plan->ws.listen ? 0 : settings->drain_cap_ns;
	plan->keepalive = !settings->disable_keepalive;
	plan->stream = settings->stream;
	plan->expects = plan_expects(settings);
	plan->compression =
	    !settings->disable_compression && !settings->stream && !settings->expect_count && !settings->ai;
	plan->follow_redirects =
	    !settings->disable_redirects && plan->pipeline == 1 && plan->protocol == PROTOCOL_HTTP1;
	plan->redirect_hosts = settings->redirect_hosts;
	plan->kernel_timestamps = settings->kernel_timestamps;
}

static int fill_proxy(struct vastar_plan *plan, const struct vastar_settings *settings,
		      struct vastar_error *err)
{
	const struct proxy *proxy;
	int rc;

	if (plan->target.unix_path && settings->proxy && *settings->proxy)
		return err_set(err, VASTAR_E_USAGE,
			       "-x: a Unix socket is not reached through a proxy (leave one of the two out)");
	if (plan->target.unix_path)
		return 0;
	rc = proxies_choose(&plan->proxies, &plan->target, err);
	proxy = plan->target.proxy;
	if (!rc && proxy && plan->reach.connect_to.count)
		rc = err_set(
		    err, VASTAR_E_USAGE,
		    "--connect-to: it is the proxy (%s) that connects to the target (leave it out, or go "
		    "without a proxy: --no-proxy '*')",
		    proxy->source);
	if (!rc && proxy && settings->http2 && !plan->target.tls)
		rc = err_set(err, VASTAR_E_USAGE,
			     "--http2: %s takes http requests as HTTP/1.1 (use https, or go without a proxy: "
			     "--no-proxy '*')",
			     proxy->url);
	if (!rc && proxy)
		rc = copy_string(&plan->proxy_url, proxy->url, err);
	if (!rc && proxy)
		rc = copy_string(&plan->proxy_source, proxy->source, err);
	return rc;
}

static int fill_target(struct vastar_plan *plan, const struct vastar_settings *settings,
		       struct vastar_error *err)
{
	struct target *target = &plan->target;
	int rc = reach_fill(&plan->reach, settings, err);

	if (!rc)
		rc = target_parse(target, settings->url, err);
	if (rc)
		return rc;
	if (settings->unix_path && target->unix_path)
		return err_set(err, VASTAR_E_USAGE,
			       "--unix: the URL names a Unix socket too (leave one of the two out)");
	if ((settings->unix_path || target->unix_path) &&
	    (reach_has_rules(&plan->reach) || settings->local_addresses))
		return err_set(err, VASTAR_E_USAGE,
			       "--resolve, --connect-to and --local-address: everything goes to the Unix "
			       "socket (leave them out)");
	if (!settings->unix_path)
		return 0;
	return copy_string(&target->unix_path, settings->unix_path, err);
}

/* The request, or the first of several. */
static int fill_request(struct vastar_plan *plan, const struct vastar_settings *settings,
			struct vastar_error *err)
{
	int rc = fill_target(plan, settings, err);

	if (!rc)
		rc = ws_plan_fill(&plan->ws, settings, plan->target.websocket, err);
	if (!rc)
		rc = fill_proxy(plan, settings, err);
	if (!rc)
		rc = call_fill(&plan->call, settings, err);
	if (!rc)
		rc = request_build(&plan->request, settings, &plan->target, err);
	return rc;
}

static int fill_first(struct vastar_plan *plan, const struct vastar_settings *settings,
		      struct vastar_error *err)
{
	const char **headers = NULL;
	struct vastar_settings first;
	int rc = mix_settings(settings, 0, &first, &headers, err);

	if (!rc)
		rc = fill_request(plan, &first, err);
	free(headers);
	return rc;
}

static int fill_requests(struct vastar_plan *plan, const struct vastar_settings *settings,
			 struct vastar_error *err)
{
	int rc = proxies_fill(&plan->proxies, settings, err);

	if (rc || !settings->mix_count)
		return rc ? rc : fill_request(plan, settings, err);
	rc = mix_fill(&plan->mix, settings, &plan->proxies, err);
	return rc ? rc : fill_first(plan, settings, err);
}

/* The texts with commas between them. */
static int join(char **joinedp, const char *const *texts, size_t count, struct vastar_error *err)
{
	size_t length = 1;
	char *at;

	for (size_t i = 0; i < count; i++)
		length += strlen(texts[i]) + 1;
	*joinedp = at = malloc(length);
	if (!at)
		return err_nomem(err, "plan");
	*at = '\0';
	for (size_t i = 0; i < count; i++) {
		at = stpcpy(at, i ? "," : "");
		at = stpcpy(at, texts[i]);
	}
	return 0;
}

static int fill_names(struct vastar_plan *plan, const struct vastar_settings *settings,
		      struct vastar_error *err)
{
	int rc = copy_string(&plan->url, settings->url, err);

	if (!rc && settings->command)
		rc = copy_string(&plan->command, settings->command, err);
	if (!rc && settings->body_source)
		rc = copy_string(&plan->body_source, settings->body_source, err);
	if (!rc && settings->expect_count)
		rc = join(&plan->expect, settings->expect, settings->expect_count, err);
	if (!rc && settings->run_id)
		rc = copy_string(&plan->run_id, settings->run_id, err);
	if (!rc && settings->disabled_features)
		rc = copy_string(&plan->disabled_feature_names, settings->disabled_features, err);
	return rc;
}

/* It may take seconds, which wrong settings should not have to wait for. */
static int look_up(struct vastar_plan *plan, struct vastar_error *err)
{
	if (!plan->mix.count)
		return target_resolve(&plan->target, &plan->reach, err);
	return mix_place(&plan->mix, plan->connections, &plan->target, &plan->reach, err);
}

static int plan_fill(struct vastar_plan *plan, const struct vastar_settings *settings,
		     struct vastar_error *err)
{
	struct vastar_settings own;
	int rc = plan_check(settings, err);

	if (!rc)
		rc = fill_requests(plan, settings, err);
	if (!rc && settings->slo_target)
		rc = slo_targets_parse(&plan->slo, settings->slo_target, err);
	if (!rc)
		rc = ai_plan_fill(&plan->ai, settings, err);
	if (!rc)
		rc = copy_method(plan, err);
	if (!rc)
		rc = tls_plan_copy(&plan->tls, settings, err);
	if (!rc)
		rc = fill_names(plan, settings, err);
	if (rc)
		return rc;
	own = *settings;
	take_share(plan, &own);
	plan_numbers(plan, &own);
	plan->start_at_ns = settings->start_at_ns;
	return look_up(plan, err);
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
			       "settings: their size is %zu instead of %zu (call vastar_settings_init(), and "
			       "use the header "
			       "of this libvastar)",
			       settings->size, sizeof(known));
	/* A program that was built with an earlier header has a shorter struct: the rest keeps its
	 * defaults. */
	memcpy(&known, settings, settings->size);
	known.http2 |= known.grpc;
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
	reach_deinit(&plan->reach);
	request_deinit(&plan->request);
	mix_deinit(&plan->mix);
	free(plan->url);
	free(plan->method);
	free(plan->run_id);
	free(plan->command);
	free(plan->body_source);
	free(plan->expect);
	free(plan->disabled_feature_names);
	ws_plan_deinit(&plan->ws);
	tls_plan_deinit(&plan->tls);
	proxies_deinit(&plan->proxies);
	free(plan->proxy_url);
	free(plan->proxy_source);
	free(plan);
}
