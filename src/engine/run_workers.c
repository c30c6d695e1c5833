/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/run_workers.h"

#include <stdlib.h>
#include <string.h>

#include "engine/worker.h"

static struct shard *with_events(struct shard *shard, const struct vastar_plan *plan)
{
	if (shard &&
	    ((plan->stream && !shard_add_events(shard)) || (plan->ai.wanted && !shard_add_tokens(shard)))) {
		shard_free(shard);
		return NULL;
	}
	return shard;
}

/* With room for the stages and the requests when there are several, and for events and tokens when they
 * are wanted. */
static struct shard *new_shard(const struct vastar_plan *plan)
{
	uint32_t stages = plan->schedule.stage_count - plan->schedule.warmup;
	struct shard *shard = shard_new();

	if (shard && stages > 1 && !shard_add_stages(shard, stages)) {
		shard_free(shard);
		return NULL;
	}
	if (shard && plan->mix.count && !plan->ai.wanted && !shard_add_mix(shard, plan->mix.count)) {
		shard_free(shard);
		return NULL;
	}
	return with_events(shard, plan);
}

/* `first`: the number of its first connection among those of the run. */
static bool add_worker(struct vastar_run *run, uint32_t index, uint32_t first, uint32_t count)
{
	struct worker *w = aligned_alloc(CACHE_LINE, (sizeof(*w) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);

	if (!w)
		return false;
	memset(w, 0, sizeof(*w));
	w->shard = new_shard(run->plan);
	if (run->plan->warmup_ns)
		w->warm_shard = with_events(shard_new(), run->plan);
	w->run = run;
	w->plan = run->plan;
	w->index = index;
	w->first_conn = first;
	w->conn_count = w->keep_wanted = count;
	run->workers[index] = w;
	if (w->shard && run->plan->request_log_max &&
	    !(w->shard->requests = request_log_new(run->plan->request_log_max)))
		return false;
	return w->shard && (w->warm_shard || !run->plan->warmup_ns);
}

bool run_add_workers(struct vastar_run *run)
{
	uint32_t each = run->plan->connections / run->worker_count,
		 more = run->plan->connections % run->worker_count;
	uint32_t first = 0;

	for (uint32_t i = 0; i < run->worker_count; i++) {
		uint32_t count = each + (i < more);

		if (!add_worker(run, i, first, count))
			return false;
		run->workers[i]->owned = count; /* one that joins gets its connections from others */
		first += count;
	}
	return true;
}

int run_start_threads(struct vastar_run *run, struct vastar_error *err)
{
	for (; run->started < run->worker_count; run->started++) {
		int rc = pthread_create(&run->threads[run->started], NULL, worker_main,
					run->workers[run->started]);

		if (rc)
			return err_set(err, VASTAR_E_SYSTEM,
				       "worker %u: its thread cannot be started: %s (use fewer workers: -w)",
				       run->started, strerror(rc));
	}
	return 0;
}

bool run_join(struct vastar_run *run, uint32_t index, uint32_t partner, uint32_t connections)
{
	struct worker *w;

	if (!connections || !add_worker(run, index, 0, connections))
		return false;
	w = run->workers[index];
	w->joins = true;
	w->partner = partner;
	if (pthread_create(&run->threads[index], NULL, worker_main, w))
		return false;
	run->started++;
	__atomic_store_n(&run->worker_count, index + 1, __ATOMIC_RELEASE);
	return true;
}
