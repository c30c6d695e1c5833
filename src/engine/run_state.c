/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/run_state.h"

#include "base/clock.h"
#include "engine/run.h"

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

/* All workers are connected. They begin at `asked_ns`, or at once when that has passed; 0: at once. Under
 * the lock. */
static void start_clock(struct vastar_run *run, uint64_t asked_ns)
{
	const struct vastar_plan *plan = run->plan;
	uint64_t now = clock_now_ns(), lead = plan->pace.kind == PACE_OPEN ? SCHEDULE_LEAD_US * NS_PER_US : 0;
	uint64_t begin = asked_ns > now + lead ? asked_ns : now + lead, start = begin + plan->warmup_ns;
	int64_t wall = (wall_now_ns() + (int64_t)(start - now)) / (int64_t)NS_PER_MS;

	run->facts.started_at_s = wall / 1000;
	run->facts.started_at_ms = (uint32_t)(wall % 1000);
	run->facts.start_asked = asked_ns != 0;
	run->facts.late_ns = asked_ns && asked_ns < now ? now - asked_ns : 0;
	run->begin_ns = begin - lead;
	if (plan->duration_ns)
		run_end_at(run, start + plan->duration_ns);
	if (__atomic_load_n(&run->stop, __ATOMIC_RELAXED))
		run_end_at(run, now);
	__atomic_store_n(&run->start_ns, start, __ATOMIC_RELEASE);
	pthread_cond_broadcast(&run->changed);
}

/* The start of --start-at by the monotonic clock; 0: none. */
static uint64_t asked_start_ns(const struct vastar_plan *plan)
{
	int64_t at = (int64_t)clock_now_ns() + (plan->start_at_ns - wall_now_ns());

	if (!plan->start_at_ns)
		return 0;
	return at > 0 ? (uint64_t)at : 1;
}

bool run_ready(struct vastar_run *run)
{
	bool ready;

	pthread_mutex_lock(&run->lock);
	ready = run->failed || run->at_start_line == run->worker_count;
	pthread_mutex_unlock(&run->lock);
	return ready;
}

void run_go(struct vastar_run *run, uint64_t begin_ns)
{
	pthread_mutex_lock(&run->lock);
	if (!run->failed && !run->start_ns)
		start_clock(run, begin_ns);
	pthread_mutex_unlock(&run->lock);
}

void run_hurry(struct vastar_run *run)
{
	__atomic_store_n(&run->hurry, true, __ATOMIC_RELAXED);
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
	if (++run->at_start_line == run->worker_count && !run->failed && !run->plan->held)
		start_clock(run, asked_start_ns(run->plan));
	while (!run->failed && !run->start_ns)
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
