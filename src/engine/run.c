/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/run.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "engine/conn_move.h"
#include "engine/conn_wrap.h"
#include "engine/cpu.h"
#include "engine/run_workers.h"
#include "engine/scale.h"
#include "engine/worker.h"

enum {
	DESCRIPTORS_BESIDE_CONNECTIONS = 64,
	LONG_MS = 1000,
	PROXY_WANTS_USER = 407,
	LATE_MS = 1,
};

const struct vastar_plan *run_plan_of(const struct vastar_run *run)
{
	return run->plan;
}

/* ---- start ---- */

/* A socket needs a descriptor, and a slot in a file table counts against the same limit. */
static int raise_descriptor_limit(uint32_t connections, struct vastar_error *err)
{
	rlim_t need = (rlim_t)connections + DESCRIPTORS_BESIDE_CONNECTIONS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= need)
		return 0;
	if (limit.rlim_max < need) {
		struct rlimit higher = {.rlim_cur = need, .rlim_max = need};

		if (!setrlimit(RLIMIT_NOFILE, &higher)) /* root may do this */
			return 0;
		return err_set(
		    err, VASTAR_E_SYSTEM,
		    "%u connections need %llu file descriptors: the hard limit is %llu (raise it as "
		    "root with: ulimit -n %llu, or use fewer connections: -c)",
		    connections, (unsigned long long)need, (unsigned long long)limit.rlim_max,
		    (unsigned long long)need);
	}
	limit.rlim_cur = need;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		return err_set(err, VASTAR_E_SYSTEM,
			       "file descriptors: cannot raise the limit to %llu: %s (ulimit -n %llu)",
			       (unsigned long long)need, strerror(errno), (unsigned long long)need);
	return 0;
}

static void join_threads(struct vastar_run *run)
{
	for (uint32_t i = 0; i < run->started; i++)
		pthread_join(run->threads[i], NULL);
	run->started = 0;
}

void run_free(struct vastar_run *run)
{
	for (uint32_t i = 0; run->workers && i < run->plan->workers_max; i++) {
		if (run->workers[i]) {
			shard_free(run->workers[i]->shard);
			shard_free(run->workers[i]->warm_shard);
			move_free(run->workers[i]);
			conn_wrap_free(run->workers[i]);
		}
		free(run->workers[i]);
	}
	if (run->transport)
		run->transport->discard(run->transport_shared);
	pthread_cond_destroy(&run->changed);
	pthread_mutex_destroy(&run->lock);
	host_pressure_free(&run->pressure);
	interval_series_free(run->series);
	blocks_free(run->blocks);
	scale_free(run->scale);
	free(run->facts.cpu_busy);
	free(run->workers);
	free(run->threads);
	free(run);
}

static void init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

int vastar_run_start(const struct vastar_plan *plan, struct vastar_run **runp, struct vastar_error *err)
{
	struct vastar_run *run;
	uint32_t disabled = 0;
	int rc;

	if (plan->disabled_feature_names &&
	    (rc = ring_features_parse(plan->disabled_feature_names, &disabled, err)))
		return rc;
	/* Connections of HTTP/2 work in pairs if they can. */
	if ((plan->protocol != PROTOCOL_HTTP2 || raise_descriptor_limit(2 * plan->connections, err)) &&
	    (rc = raise_descriptor_limit(plan->connections, err)))
		return rc;
	run = aligned_alloc(CACHE_LINE, (sizeof(*run) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
	if (!run)
		return err_nomem(err, "run");
	memset(run, 0, sizeof(*run));
	run->plan = plan;
	run->disabled = disabled;
	run->cpu = sched_getcpu();
	run->features = ~0u;
	run->deadline_ns = UINT64_MAX;
	run->worker_count = plan->workers;
	run->budget = (struct budget){.left = plan->requests, .workers = plan->workers_max};
	run->log_budget = (struct budget){.left = plan->request_log_max, .workers = plan->workers_max};
	host_pressure_begin(&run->pressure, "");
	pthread_mutex_init(&run->lock, NULL);
	init_condition(&run->changed);
	run->threads = calloc(plan->workers_max, sizeof(*run->threads));
	run->workers = calloc(plan->workers_max, sizeof(*run->workers));
	run->facts.cpu_busy = calloc(plan->workers_max, sizeof(double));
	run->series = interval_series_new();
	if (plan->workers < plan->workers_max)
		run->scale = scale_new(run);
	if (*plan->until.name)
		run->blocks = blocks_new();
	if (!run->threads || !run->workers || !run->facts.cpu_busy || !run->series ||
	    (plan->workers < plan->workers_max && !run->scale) || (*plan->until.name && !run->blocks) ||
	    !run_add_workers(run))
		rc = err_nomem(err, "workers");
	else
		rc = run_start_threads(run, err);
	if (rc) {
		struct vastar_error stopped = {VASTAR_E_SYSTEM, ""};

		run_fail(run, &stopped);
		join_threads(run);
		run_free(run);
		return rc;
	}
	*runp = run;
	return 0;
}

/* ---- the end ---- */

/* How the workers waited for completions: "spin 81%, block 19%". */
static void describe_waiting(const struct vastar_run *run, char *text, size_t size)
{
	static const char *const names[WAIT_WAYS] = {
	    [WAIT_GATHER] = "gather", [WAIT_BLOCK] = "block", [WAIT_PAUSE] = "pause", [WAIT_SPIN] = "spin"};
	uint64_t waits[WAIT_WAYS] = {0}, all = 0;
	size_t used = 0;

	for (uint32_t i = 0; i < run->worker_count; i++)
		for (unsigned way = 0; way < WAIT_WAYS; way++)
			waits[way] += run->workers[i]->waiter.waits[way];
	for (unsigned way = 0; way < WAIT_WAYS; way++)
		all += waits[way];
	text[0] = '\0';
	for (unsigned way = 0; way < WAIT_WAYS && used < size; way++)
		if (waits[way])
			used += (size_t)snprintf(text + used, size - used, "%s%s %.0f%%", used ? ", " : "",
						 names[way], 100.0 * (double)waits[way] / (double)all);
}

/* A proxy without a tunnel refuses requests with a status code that no target uses. */
static bool proxy_wants_user(const struct vastar_run *run)
{
	uint64_t refused = 0;

	for (uint32_t i = 0; i < run->worker_count; i++)
		refused += run->workers[i]->shard->status[PROXY_WANTS_USER];
	return refused && target_absolute(&run->plan->target);
}

/* With --start-at: the other parts of the whole may have begun without this one. */
static bool note_late(const struct run_facts *facts, char *note, size_t size)
{
	if (facts->late_ns < LATE_MS * NS_PER_MS)
		return false;
	snprintf(
	    note, size,
	    "sending began %.3f s after --start-at, when the connections were open (give them more time)",
	    ns_to_s(facts->late_ns));
	return true;
}

static const char *note_text(const struct vastar_run *run)
{
	unsigned notes = 0;

	for (uint32_t i = 0; i < run->worker_count; i++)
		notes |= run->workers[i]->notes;
	if (proxy_wants_user(run))
		return run->plan->target.proxy->authorization
			   ? "the proxy does not accept the user and password (407)"
			   : "the proxy needs a user and password (407): http://USER:PASSWORD@HOST:PORT";
	if (notes & NOTE_HTTPS)
		return "a redirect led to https, and this vastar was built without TLS: the 3xx counts as "
		       "the response";
	if (notes & NOTE_NO_PROXY)
		return "a redirect leads to a target with a proxy from the environment, whose URL is "
		       "invalid: "
		       "the 3xx counts as the response";
	if (notes & NOTE_OTHER_HOST)
		return "a redirect led to another host: the 3xx counts as the response (follow with "
		       "--redirect-hosts)";
	if (notes & NOTE_TOO_MANY_HOPS)
		return "redirects continued after 10 hops: the last 3xx counts as the response";
	return "";
}

static int merge_shards(struct vastar_run *run, struct result **resultp)
{
	bool in_warmup = run->ended_in_warmup; /* then the warm-up is all there is */
	struct shard **shards = calloc(run->worker_count, sizeof(*shards));
	struct result *result;
	bool whole = false;

	for (uint32_t i = 0; shards && i < run->worker_count; i++)
		shards[i] = in_warmup ? run->workers[i]->warm_shard : run->workers[i]->shard;
	*resultp = result = shards ? result_new(shards, run->worker_count, &run->facts) : NULL;
	if (result) {
		run->facts.cpu_busy = NULL; /* the result owns it now */
		for (uint32_t i = 0; i < run->worker_count; i++)
			shards[i] = run->workers[i]->warm_shard;
		result->intervals = interval_series_copy(run->series, &result->interval_count);
		result->interval_counts = interval_series_counts(run->series);
		whole = ((result->intervals && result->interval_counts) || !result->interval_count) &&
			(!run->plan->warmup_ns || in_warmup ||
			 result_add_warmup(result, shards, run->worker_count));
	}
	free(shards);
	return whole ? 0 : -1;
}

static void sum_up_pressure(struct vastar_run *run)
{
	struct held *held = &run->facts.held;

	host_pressure_end(&run->pressure, "");
	held_begin(held);
	for (uint32_t i = 0; i < run_workers(run); i++)
		held_add_thread(held, &run->workers[i]->pressure);
	held_add_host(held, &run->pressure, ns_to_s(run->facts.total_ns));
	held->server_here = run->plan->target.address_count && run->plan->target.addresses[0].local;
}

int run_collect(struct vastar_run *run, struct result **resultp, struct vastar_error *err)
{
	struct run_facts *facts = &run->facts;
	struct result *result;

	while (!vastar_run_wait(run, LONG_MS))
		;
	join_threads(run);
	if (run->failed)
		return err_set(err, run->error.status, "%s", run->error.text);
	cpu_describe(facts);
	sum_up_pressure(run);
	facts->start_ns = run->start_ns;
	facts->connections = run->plan->connections;
	facts->connections_open = run->connections_open;
	facts->open_loop = run->plan->pace.kind == PACE_OPEN;
	facts->by_duration = run->plan->duration_ns != 0;
	facts->interrupted = run->stop;
	facts->workers = run->worker_count;
	scale_report(run);
	ring_feature_names(run->features, facts->features, sizeof(facts->features));
	describe_waiting(run, facts->waiting, sizeof(facts->waiting));
	if (!note_late(facts, facts->note, sizeof(facts->note)))
		strncpy(facts->note,
			run->ended_in_warmup
			    ? "the run ended during the warm-up: the figures are those of the warm-up"
			    : note_text(run),
			sizeof(facts->note) - 1);
	if (merge_shards(run, &result)) {
		result_free(result);
		return err_nomem(err, "result");
	}
	if (run->plan->target.dns_ns)
		span_record(&result->sum->phases[PHASE_DNS], run->plan->target.dns_ns);
	for (uint32_t i = 1; i < run->plan->mix.host_count; i++) {
		uint64_t ns = run->plan->mix.requests[run->plan->mix.hosts[i].first].target.dns_ns;

		if (ns)
			span_record(&result->sum->phases[PHASE_DNS], ns);
	}
	*resultp = result;
	return 0;
}
