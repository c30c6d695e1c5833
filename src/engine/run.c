/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "engine/cpu.h"
#include "engine/worker.h"

enum {
	DESCRIPTORS_BESIDE_CONNECTIONS = 64,
	/* A schedule begins so much later than the last worker is ready: to be woken takes the others 50 us,
	 * which would be the lateness of their first requests. */
	SCHEDULE_LEAD_US = 200,
};

/* ---- the start line and the end ---- */

bool run_start_line(struct vastar_run *run, uint32_t features, uint32_t open_connections)
{
	bool go;

	pthread_mutex_lock(&run->lock);
	run->features &= features;
	run->connections_open += open_connections;
	if (++run->at_start_line == run->worker_count && !run->failed) {
		struct timespec wall;
		uint64_t now = clock_now_ns();

		if (run->plan->pace.kind == PACE_OPEN)
			now += SCHEDULE_LEAD_US * NS_PER_US;
		clock_gettime(CLOCK_REALTIME, &wall);
		run->facts.started_at_s = wall.tv_sec;
		run->facts.started_at_ms = (uint32_t)(wall.tv_nsec / 1000000);
		if (run->plan->duration_ns)
			run_end_at(run, now + run->plan->duration_ns);
		if (__atomic_load_n(&run->stop, __ATOMIC_RELAXED))
			run_end_at(run, now);
		__atomic_store_n(&run->start_ns, now, __ATOMIC_RELEASE);
		pthread_cond_broadcast(&run->changed);
	}
	while (!run->failed && run->at_start_line < run->worker_count)
		pthread_cond_wait(&run->changed, &run->lock);
	go = !run->failed;
	pthread_mutex_unlock(&run->lock);
	return go;
}

void run_fail(struct vastar_run *run, const struct vastar_error *error)
{
	pthread_mutex_lock(&run->lock);
	if (!run->failed)
		run->error = *error;
	run->failed = true;
	/* Workers that are still connecting need not go on. */
	__atomic_store_n(&run->stop, true, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&run->changed);
	pthread_mutex_unlock(&run->lock);
}

void run_end_at(struct vastar_run *run, uint64_t now_ns)
{
	uint64_t deadline = __atomic_load_n(&run->deadline_ns, __ATOMIC_RELAXED);

	while (now_ns < deadline && !__atomic_compare_exchange_n(&run->deadline_ns, &deadline, now_ns, true,
								 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

void run_worker_ended(struct vastar_run *run)
{
	pthread_mutex_lock(&run->lock);
	run->ended++;
	pthread_cond_broadcast(&run->changed);
	pthread_mutex_unlock(&run->lock);
}

/* ---- start ---- */

/* A socket costs a descriptor, and a place in a file table counts against the same limit. */
static int raise_descriptor_limit(uint32_t connections, struct vastar_error *err)
{
	rlim_t need = (rlim_t)connections + DESCRIPTORS_BESIDE_CONNECTIONS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= need)
		return 0;
	if (limit.rlim_max < need) {
		struct rlimit higher = {.rlim_cur = need, .rlim_max = need};

		if (!setrlimit(RLIMIT_NOFILE, &higher)) /* allowed to root */
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

static bool add_worker(struct vastar_run *run, uint32_t index, uint32_t first, uint32_t count)
{
	struct worker *w = aligned_alloc(CACHE_LINE, (sizeof(*w) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);

	if (!w)
		return false;
	memset(w, 0, sizeof(*w));
	w->shard = shard_new();
	w->run = run;
	w->plan = run->plan;
	w->index = index;
	w->first_conn = first;
	w->conn_count = count;
	run->workers[index] = w;
	if (w->shard && run->plan->request_log_max &&
	    !(w->shard->requests = request_log_new(run->plan->request_log_max)))
		return false;
	return w->shard != NULL;
}

static bool add_workers(struct vastar_run *run)
{
	uint32_t each = run->plan->connections / run->worker_count,
		 more = run->plan->connections % run->worker_count;
	uint32_t first = 0;

	for (uint32_t i = 0; i < run->worker_count; i++) {
		uint32_t count = each + (i < more);

		if (!add_worker(run, i, first, count))
			return false;
		first += count;
	}
	return true;
}

static int start_threads(struct vastar_run *run, struct vastar_error *err)
{
	for (; run->started < run->worker_count; run->started++) {
		int rc = pthread_create(&run->threads[run->started], NULL, worker_main,
					run->workers[run->started]);

		if (rc)
			return err_set(err, VASTAR_E_SYSTEM,
				       "worker %u: no thread for it: %s (use fewer workers: -w)",
				       run->started, strerror(rc));
	}
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
	for (uint32_t i = 0; run->workers && i < run->worker_count; i++) {
		if (run->workers[i])
			shard_free(run->workers[i]->shard);
		free(run->workers[i]);
	}
	pthread_cond_destroy(&run->changed);
	pthread_mutex_destroy(&run->lock);
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
	if ((rc = raise_descriptor_limit(plan->connections, err)))
		return rc;
	run = aligned_alloc(CACHE_LINE, (sizeof(*run) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
	if (!run)
		return err_nomem(err, "run");
	memset(run, 0, sizeof(*run));
	run->plan = plan;
	run->disabled = disabled;
	run->features = ~0u;
	run->deadline_ns = UINT64_MAX;
	run->worker_count = plan->workers;
	run->budget = (struct budget){.left = plan->requests, .workers = plan->workers};
	run->log_budget = (struct budget){.left = plan->request_log_max, .workers = plan->workers};
	pthread_mutex_init(&run->lock, NULL);
	init_condition(&run->changed);
	run->threads = calloc(run->worker_count, sizeof(*run->threads));
	run->workers = calloc(run->worker_count, sizeof(*run->workers));
	run->facts.cpu_busy = calloc(run->worker_count, sizeof(double));
	if (!run->threads || !run->workers || !run->facts.cpu_busy || !add_workers(run))
		rc = err_nomem(err, "workers");
	else
		rc = start_threads(run, err);
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

/* ---- while it runs ---- */

bool vastar_run_wait(struct vastar_run *run, int timeout_ms)
{
	uint64_t until_ns = clock_now_ns() + (uint64_t)(timeout_ms < 0 ? 0 : timeout_ms) * NS_PER_MS;
	struct timespec until = {.tv_sec = (time_t)(until_ns / NS_PER_S),
				 .tv_nsec = (long)(until_ns % NS_PER_S)};
	bool ended;

	pthread_mutex_lock(&run->lock);
	while (run->ended < run->worker_count)
		if (pthread_cond_timedwait(&run->changed, &run->lock, &until) == ETIMEDOUT)
			break;
	ended = run->ended == run->worker_count;
	pthread_mutex_unlock(&run->lock);
	return ended;
}

void vastar_run_stop(struct vastar_run *run)
{
	__atomic_store_n(&run->stop, true, __ATOMIC_RELAXED);
}

static enum vastar_phase phase_now(const struct vastar_run *run, uint64_t start_ns, uint64_t now_ns)
{
	if (!start_ns)
		return VASTAR_CONNECTING;
	return now_ns < __atomic_load_n(&run->deadline_ns, __ATOMIC_RELAXED) ? VASTAR_RUNNING
									     : VASTAR_DRAINING;
}

void run_snapshot(const struct vastar_run *run, struct run_snapshot *snapshot, struct hist *latency)
{
	uint64_t start_ns = __atomic_load_n(&run->start_ns, __ATOMIC_ACQUIRE), now_ns = clock_now_ns();

	*snapshot =
	    (struct run_snapshot){.elapsed_ns = start_ns && now_ns > start_ns ? now_ns - start_ns : 0};
	if (latency) {
		memset(latency, 0, sizeof(*latency));
		hist_init(latency);
	}
	for (uint32_t i = 0; i < run->worker_count; i++) {
		const struct shard *shard = run->workers[i]->shard;

		snapshot->responses += hist_load(&shard->responses);
		snapshot->good += hist_load(&shard->good);
		for (unsigned kind = 0; kind < ERROR_KINDS; kind++)
			snapshot->errors += hist_load(&shard->errors[kind]);
		snapshot->open_connections += (uint32_t)hist_load(&shard->open_connections);
		if (latency)
			hist_merge(latency, &shard->latency);
	}
}

void vastar_run_progress(const struct vastar_run *run, struct vastar_progress *progress)
{
	uint64_t start_ns = __atomic_load_n(&run->start_ns, __ATOMIC_ACQUIRE);
	struct hist *latency = malloc(sizeof(*latency));
	struct run_snapshot now;

	run_snapshot(run, &now, latency);
	*progress = (struct vastar_progress){
	    .phase = phase_now(run, start_ns, clock_now_ns()),
	    .elapsed_ns = now.elapsed_ns,
	    .requests = now.responses + now.errors,
	    .responses = now.responses,
	    .errors = now.errors,
	    .open_connections = now.open_connections,
	};
	if (latency && latency->count) {
		progress->p50_s = ns_to_s(hist_percentile(latency, 50));
		progress->p99_s = ns_to_s(hist_percentile(latency, 99));
	}
	free(latency);
}

/* ---- the end ---- */

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Rule 3 of measurement: up to the deadline if there was one, else to the last answer. */
static void measure_times(struct vastar_run *run)
{
	uint64_t last_answer = 0, last_end = 0, drained = 0;

	for (uint32_t i = 0; i < run->worker_count; i++) {
		const struct worker *w = run->workers[i];
		uint64_t wall = w->run_end_ns - run->start_ns;
		uint64_t spun = w->waiter.spun_ns, cpu = w->cpu_end_ns - w->cpu_start_ns;

		last_answer = later(last_answer, w->shard->last_response_ns);
		last_end = later(last_end, w->last_end_ns);
		drained = later(drained, w->drained_ns);
		run->facts.cpu_busy[i] = wall && cpu > spun ? (double)(cpu - spun) / (double)wall : 0;
	}
	if (run->deadline_ns == UINT64_MAX) {
		run->facts.total_ns =
		    later(last_answer ? last_answer : last_end, run->start_ns) - run->start_ns;
	} else {
		/* Stopped while still connecting: the end came before the start. */
		run->facts.total_ns = later(run->deadline_ns, run->start_ns) - run->start_ns;
		run->facts.drain_ns = later(drained, run->deadline_ns) - run->deadline_ns;
	}
}

/* "spin 81%, block 19%": how the workers waited for completions. */
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

static const char *note_text(const struct vastar_run *run)
{
	unsigned notes = 0;

	for (uint32_t i = 0; i < run->worker_count; i++)
		notes |= run->workers[i]->notes;
	if (notes & NOTE_HTTPS)
		return "a redirect led to https, which is not supported yet: the 3xx was taken as the answer";
	if (notes & NOTE_OTHER_HOST)
		return "a redirect led to another host: the 3xx was taken as the answer (follow with "
		       "--redirect-hosts)";
	if (notes & NOTE_TOO_MANY_HOPS)
		return "a redirect went on after 10 hops: the last 3xx was taken as the answer";
	return "";
}

int run_collect(struct vastar_run *run, struct result **resultp, struct vastar_error *err)
{
	struct run_facts *facts = &run->facts;
	struct shard **shards;

	join_threads(run);
	if (run->failed)
		return err_set(err, run->error.status, "%s", run->error.text);
	measure_times(run);
	cpu_describe(facts);
	facts->start_ns = run->start_ns;
	facts->connections = run->plan->connections;
	facts->connections_open = run->connections_open;
	facts->open_loop = run->plan->pace.kind == PACE_OPEN;
	facts->by_duration = run->plan->duration_ns != 0;
	facts->interrupted = run->stop;
	facts->workers = run->worker_count;
	ring_feature_names(run->features, facts->features, sizeof(facts->features));
	describe_waiting(run, facts->waiting, sizeof(facts->waiting));
	strncpy(facts->note, note_text(run), sizeof(facts->note) - 1);
	shards = calloc(run->worker_count, sizeof(*shards));
	for (uint32_t i = 0; shards && i < run->worker_count; i++)
		shards[i] = run->workers[i]->shard;
	*resultp = shards ? result_new(shards, run->worker_count, facts) : NULL;
	free(shards);
	if (!*resultp)
		return err_nomem(err, "result");
	facts->cpu_busy = NULL; /* the result's now */
	return 0;
}
