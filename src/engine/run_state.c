/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/run_state.h"

#include "base/clock.h"

enum {
	/* A schedule begins this long after the last worker is ready. The other workers need 50 us to wake
	 * up; without the lead their first requests would be late by as much. */
	SCHEDULE_LEAD_US = 200,
};

bool run_start_line(struct vastar_run *run, uint32_t features, uint32_t open_connections)
{
	bool go;

	pthread_mutex_lock(&run->lock);
	run->features &= features;
	run->connections_open += open_connections;
	if (++run->at_start_line == run->worker_count && !run->failed) {
		struct timespec wall;
		uint64_t now = clock_now_ns(), start = now + run->plan->warmup_ns, wall_ms;

		if (run->plan->pace.kind == PACE_OPEN)
			start += SCHEDULE_LEAD_US * NS_PER_US;
		clock_gettime(CLOCK_REALTIME, &wall);
		wall_ms = (uint64_t)wall.tv_nsec / NS_PER_MS + run->plan->warmup_ns / NS_PER_MS;
		run->facts.started_at_s = wall.tv_sec + (int64_t)(wall_ms / 1000);
		run->facts.started_at_ms = (uint32_t)(wall_ms % 1000);
		if (run->plan->duration_ns)
			run_end_at(run, start + run->plan->duration_ns);
		if (__atomic_load_n(&run->stop, __ATOMIC_RELAXED))
			run_end_at(run, now);
		__atomic_store_n(&run->start_ns, start, __ATOMIC_RELEASE);
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
	/* Workers that are still connecting need not continue. */
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
