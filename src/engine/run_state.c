/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/run_state.h"

#include "base/clock.h"

enum {
	/* A schedule begins this long after the last worker is ready. The other workers need 50 us to wake
	 * up; without the lead their first requests would be late by as much. */
	SCHEDULE_LEAD_US = 200,
	STOP_CHECK_MS = 20,
};

static int64_t wall_now_ns(void)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	return (int64_t)wall.tv_sec * (int64_t)NS_PER_S + wall.tv_nsec;
}

/* All workers are connected. Under the lock. */
static void start_clock(struct vastar_run *run)
{
	const struct vastar_plan *plan = run->plan;
	uint64_t now = clock_now_ns(), lead = plan->pace.kind == PACE_OPEN ? SCHEDULE_LEAD_US * NS_PER_US : 0;
	int64_t wall = wall_now_ns(), wait = plan->start_at_ns ? plan->start_at_ns - wall : 0;
	uint64_t begin = now + (wait > (int64_t)lead ? (uint64_t)wait : lead),
		 start = begin + plan->warmup_ns;

	wall = (wall + (int64_t)(start - now)) / (int64_t)NS_PER_MS;
	run->facts.started_at_s = wall / 1000;
	run->facts.started_at_ms = (uint32_t)(wall % 1000);
	run->facts.late_ns = wait < 0 ? (uint64_t)-wait : 0;
	run->begin_ns = begin - lead;
	if (plan->duration_ns)
		run_end_at(run, start + plan->duration_ns);
	if (__atomic_load_n(&run->stop, __ATOMIC_RELAXED))
		run_end_at(run, now);
	__atomic_store_n(&run->start_ns, start, __ATOMIC_RELEASE);
	pthread_cond_broadcast(&run->changed);
}

/* Sleeps until the sending begins, in the future only with --start-at, or until the run is stopped. */
static void wait_for_begin(struct vastar_run *run)
{
	uint64_t now;

	while ((now = clock_now_ns()) < run->begin_ns) {
		uint64_t next = now + STOP_CHECK_MS * NS_PER_MS;
		uint64_t until = next < run->begin_ns ? next : run->begin_ns;
		struct timespec wake = {.tv_sec = (time_t)(until / NS_PER_S),
					.tv_nsec = (long)(until % NS_PER_S)};

		if (__atomic_load_n(&run->stop, __ATOMIC_RELAXED)) {
			run_end_at(run, now);
			return;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL);
	}
}

bool run_start_line(struct vastar_run *run, uint32_t features, uint32_t open_connections)
{
	bool go;

	pthread_mutex_lock(&run->lock);
	run->features &= features;
	run->connections_open += open_connections;
	if (++run->at_start_line == run->worker_count && !run->failed)
		start_clock(run);
	while (!run->failed && run->at_start_line < run->worker_count)
		pthread_cond_wait(&run->changed, &run->lock);
	go = !run->failed;
	pthread_mutex_unlock(&run->lock);
	if (go)
		wait_for_begin(run);
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
