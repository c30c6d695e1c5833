/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/plan.h"

#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum {
	CONNECTIONS_MAX = 200000,
	WORKERS_MAX = 1024,
	CONNECTIONS_PER_WORKER = 128,
	REQUESTS_DEFAULT = 200,
};

static const size_t body_max = 1u << 30;

void vastar_settings_init(struct vastar_settings *settings)
{
	*settings = (struct vastar_settings){
	    .size = sizeof(*settings),
	    .concurrency = 50,
	    .timeout_ns = 20 * NS_PER_S,
	    .drain_cap_ns = 2 * NS_PER_S,
	};
}

int plan_check(const struct vastar_settings *s, struct vastar_error *err)
{
	if (s->size != sizeof(*s))
		return err_set(err, VASTAR_E_USAGE,
			       "settings: made for another version of libvastar (call "
			       "vastar_settings_init(), compile anew)");
	if (!s->url || !*s->url)
		return err_set(err, VASTAR_E_USAGE, "URL: missing (for example http://127.0.0.1:8080/)");
	if (!s->concurrency || s->concurrency > CONNECTIONS_MAX)
		return err_set(err, VASTAR_E_USAGE, "concurrency %u: must be 1 to %u (-c)", s->concurrency,
			       CONNECTIONS_MAX);
	if (s->workers > WORKERS_MAX)
		return err_set(err, VASTAR_E_USAGE, "workers %u: must be 1 to %u (-w)", s->workers,
			       WORKERS_MAX);
	if (s->workers > s->concurrency)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "workers %u: more than the %u connections that they would share (lower -w or raise -c)",
		    s->workers, s->concurrency);
	if (!s->duration_ns && s->requests && s->requests < s->concurrency)
		return err_set(err, VASTAR_E_USAGE,
			       "requests %llu: fewer than the %u connections that would send them (raise -n "
			       "or lower -c)",
			       (unsigned long long)s->requests, s->concurrency);
	if (!isfinite(s->connection_rate) || s->connection_rate < 0 || s->connection_rate > 1e9)
		return err_set(err, VASTAR_E_USAGE, "rate %g: must be 0 to 1e9 requests per second (-q)",
			       s->connection_rate);
	if (s->body && s->body_length > body_max)
		return err_set(err, VASTAR_E_USAGE, "body: %zu bytes are more than 1 GiB (use a smaller one)",
			       s->body_length);
	return 0;
}

uint32_t plan_worker_count(uint32_t connections, uint32_t asked, uint32_t usable_cpus)
{
	uint32_t workers = asked ? asked : connections / CONNECTIONS_PER_WORKER;

	if (!asked && workers > usable_cpus)
		workers = usable_cpus;
	if (workers > connections)
		workers = connections;
	return workers ? workers : 1;
}

static uint32_t usable_cpus(void)
{
	cpu_set_t usable;

	return sched_getaffinity(0, sizeof(usable), &usable) ? 1 : (uint32_t)CPU_COUNT(&usable);
}

static void set_load(struct vastar_plan *plan, const struct vastar_settings *s)
{
	uint64_t requests = s->requests;

	if (!requests)
		requests = s->concurrency > REQUESTS_DEFAULT ? s->concurrency : REQUESTS_DEFAULT;
	plan->connections = s->concurrency;
	plan->workers = plan_worker_count(s->concurrency, s->workers, usable_cpus());
	plan->requests = s->duration_ns ? UINT64_MAX : requests;
	plan->duration_ns = s->duration_ns;
	plan->timeout_ns = s->timeout_ns;
	plan->drain_cap_ns = s->drain_cap_ns;
	plan->connection_rate = s->connection_rate;
	if (s->connection_rate > 0)
		plan->pace =
		    (struct pace){.kind = PACE_CONNECTION, .gap_ns = (uint64_t)(1e9 / s->connection_rate)};
	plan->keepalive = !s->disable_keepalive;
	plan->compression = !s->disable_compression;
	plan->follow_redirects = !s->disable_redirects;
	plan->redirect_hosts = s->redirect_hosts;
}

static int plan_fill(struct vastar_plan *plan, const struct vastar_settings *s, struct vastar_error *err)
{
	int rc = target_parse(&plan->target, s->url, err);

	if (!rc)
		rc = request_build(&plan->request, s, &plan->target, err);
	if (!rc && s->slo_target)
		rc = slo_targets_parse(&plan->slo, s->slo_target, err);
	if (rc)
		return rc;
	set_load(plan, s);
	plan->url = strdup(s->url);
	plan->method = strdup(s->method ? s->method : "GET");
	plan->disabled_feature_names = s->disabled_features ? strdup(s->disabled_features) : NULL;
	if (!plan->url || !plan->method || (s->disabled_features && !plan->disabled_feature_names))
		return err_nomem(err, "plan");
	return target_resolve(&plan->target, err);
}

int vastar_plan_new(const struct vastar_settings *settings, struct vastar_plan **planp,
		    struct vastar_error *err)
{
	struct vastar_plan *plan;
	int rc = plan_check(settings, err);

	if (rc)
		return rc;
	plan = calloc(1, sizeof(*plan));
	if (!plan)
		return err_nomem(err, "plan");
	rc = plan_fill(plan, settings, err);
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
	free(plan->disabled_feature_names);
	free(plan->method);
	free(plan->url);
	free(plan);
}
