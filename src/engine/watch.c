/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Observes a run from outside: its counts, its times, its intervals. Nothing here delays a worker. */
#include "engine/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/scale.h"
#include "engine/worker.h"

#define INTERVAL_NS NS_PER_S
#define BLOCK_NS (100 * NS_PER_MS)
#define AFTER_DEADLINE_NS (20 * NS_PER_MS)

/* ---- what has been measured ---- */

void run_snapshot(const struct vastar_run *run, struct run_snapshot *snapshot, struct hist *latency)
{
	uint64_t start_ns = __atomic_load_n(&run->start_ns, __ATOMIC_ACQUIRE), now_ns = clock_now_ns();

	*snapshot =
	    (struct run_snapshot){.elapsed_ns = start_ns && now_ns > start_ns ? now_ns - start_ns : 0};
	if (latency) {
		memset(latency, 0, sizeof(*latency));
		hist_init(latency);
	}
	for (uint32_t i = 0; i < run_workers(run); i++) {
		const struct worker *w = run->workers[i];
		const struct shard *shard = run->ended_in_warmup ? w->warm_shard : w->shard;

		snapshot->responses += hist_load(&shard->responses);
		snapshot->good += hist_load(&shard->good);
		snapshot->errors += shard_errors(shard);
		snapshot->open_connections += __atomic_load_n(&w->open, __ATOMIC_RELAXED);
		if (latency)
			hist_merge(latency, &shard->latency);
	}
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Rule 3 of measurement: up to the deadline if there was one, otherwise to the last response. */
static void measure_times(struct vastar_run *run)
{
	uint64_t last_response = 0, last_end = 0, drained = 0;

	for (uint32_t i = 0; i < run_workers(run); i++) {
		const struct worker *w = run->workers[i];
		uint64_t wall = w->run_end_ns - (w->begun_ns ? w->begun_ns : run->start_ns);
		uint64_t spun = w->waiter.spun_ns - w->spun_start_ns, cpu = w->cpu_end_ns - w->cpu_start_ns;

		last_response = later(last_response, w->shard->last_response_ns);
		last_end = later(last_end, w->tally.last_end_ns);
		drained = later(drained, w->drained_ns);
		run->facts.cpu_busy[i] = wall && cpu > spun ? (double)(cpu - spun) / (double)wall : 0;
	}
	if (run->deadline_ns == UINT64_MAX) {
		run->facts.total_ns =
		    later(last_response ? last_response : last_end, run->start_ns) - run->start_ns;
	} else {
		/* Stopped while still connecting: the end is before the start. */
		run->facts.total_ns = later(run->deadline_ns, run->start_ns) - run->start_ns;
		run->facts.drain_ns = later(drained, run->deadline_ns) - run->deadline_ns;
	}
}

/* ---- waiting, and the intervals meanwhile ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* When the next interval ends: at whole seconds of the run. If that is the deadline, a moment later: most
 * runs are over by then, and an interval of a few microseconds would show nothing. */
static uint64_t interval_due_ns(const struct vastar_run *run)
{
	uint64_t start_ns = __atomic_load_n(&run->start_ns, __ATOMIC_ACQUIRE);
	uint64_t deadline_ns = __atomic_load_n(&run->deadline_ns, __ATOMIC_RELAXED), due_ns;

	if (!start_ns)
		return UINT64_MAX;
	due_ns = start_ns + (run->series->then.elapsed_ns / INTERVAL_NS + 1) * INTERVAL_NS;
	if (deadline_ns <= due_ns && due_ns - deadline_ns < AFTER_DEADLINE_NS)
		return deadline_ns + AFTER_DEADLINE_NS;
	return due_ns;
}

static void end_interval(struct vastar_run *run)
{
	struct run_snapshot now;

	run_snapshot(run, &now, &run->series->latency);
	interval_series_add(run->series, &(struct interval_totals){.elapsed_ns = now.elapsed_ns,
								   .errors = now.errors,
								   .open_connections = now.open_connections});
}

/* All workers have ended: adds the part of the run since the last whole second. The connections are closed
 * by now, so the interval shows the connection count of that second. */
static void end_series(struct vastar_run *run)
{
	const struct interval_totals *then = &run->series->then;
	struct run_snapshot now;

	if (run->failed || run->series_ended)
		return;
	run->series_ended = true;
	run->ended_in_warmup = run->plan->warmup_ns && run->deadline_ns <= run->start_ns;
	if (run->ended_in_warmup)
		run->start_ns -= run->plan->warmup_ns;
	measure_times(run);
	run_snapshot(run, &now, &run->series->latency);
	interval_series_add(run->series, &(struct interval_totals){
					     .elapsed_ns = run->facts.total_ns + run->facts.drain_ns,
					     .errors = now.errors,
					     .open_connections = then->elapsed_ns ? then->open_connections
										  : run->connections_open});
}

/* ---- --until ---- */

/* When the next block ends; UINT64_MAX: none has begun. */
static uint64_t block_due_ns(struct vastar_run *run)
{
	uint64_t start_ns = __atomic_load_n(&run->start_ns, __ATOMIC_ACQUIRE);

	if (!run->blocks || !start_ns || run->facts.precise)
		return UINT64_MAX;
	if (!run->block_due_ns)
		run->block_due_ns = start_ns + BLOCK_NS;
	return run->block_due_ns;
}

/* Ends the run when the percentile is known precisely enough. */
static void end_block(struct vastar_run *run)
{
	struct run_snapshot now;
	const struct until *until = &run->plan->until;
	struct precision *precision = &run->facts.precision;

	run->block_due_ns += BLOCK_NS;
	run_snapshot(run, &now, &run->series->latency);
	blocks_add(run->blocks, &run->series->latency, now.errors);
	*precision = blocks_precision(run->blocks, until->percent);
	run->facts.precise = precision_width(precision) <= until->tolerance;
	if (run->facts.precise)
		run_end_at(run, clock_now_ns());
}

/* ---- waiting ---- */

bool vastar_run_wait(struct vastar_run *run, int timeout_ms)
{
	uint64_t until_ns = clock_now_ns() + (uint64_t)(timeout_ms < 0 ? 0 : timeout_ms) * NS_PER_MS;
	bool ended;

	pthread_mutex_lock(&run->lock);
	while (run->ended < run->worker_count) {
		uint64_t due_ns = interval_due_ns(run), block_ns = block_due_ns(run),
			 scale_ns = scale_due_ns(run);
		uint64_t wake_ns = earlier(earlier(until_ns, scale_ns), earlier(due_ns, block_ns));
		uint64_t now_ns = clock_now_ns();
		struct timespec wake = {.tv_sec = (time_t)(wake_ns / NS_PER_S),
					.tv_nsec = (long)(wake_ns % NS_PER_S)};

		if (now_ns >= due_ns)
			end_interval(run);
		else if (now_ns >= block_ns)
			end_block(run);
		else if (now_ns >= scale_ns)
			scale_step(run);
		else if (now_ns >= until_ns)
			break;
		else
			pthread_cond_timedwait(&run->changed, &run->lock, &wake);
	}
	ended = run->ended == run->worker_count;
	if (ended)
		end_series(run);
	pthread_mutex_unlock(&run->lock);
	return ended;
}

bool run_next_interval(struct vastar_run *run, uint32_t *seenp, struct interval *interval)
{
	const struct interval_series *series = run->series;
	bool is_new;

	pthread_mutex_lock(&run->lock);
	is_new = series->added != *seenp;
	if (series->added - *seenp > INTERVALS_RECENT)
		*seenp = series->added - INTERVALS_RECENT;
	if (is_new)
		*interval = series->recent[(*seenp)++ % INTERVALS_RECENT];
	pthread_mutex_unlock(&run->lock);
	return is_new;
}

bool run_unsettled(struct vastar_run *run)
{
	bool unsettled;

	pthread_mutex_lock(&run->lock);
	unsettled = scale_unsettled(run);
	pthread_mutex_unlock(&run->lock);
	return unsettled;
}

/* ---- for observers ---- */

uint32_t run_opened(struct vastar_run *run, char *why, size_t size)
{
	uint32_t opened;

	pthread_mutex_lock(&run->lock); /* with it, what the workers have written is there */
	opened = run->connections_open;
	*why = '\0';
	for (uint32_t i = 0; !opened && !*why && i < run->worker_count; i++) {
		const struct shard *shards[] = {run->workers[i]->shard, run->workers[i]->warm_shard};

		for (unsigned k = 0; k < 2; k++)
			if (shards[k] && shards[k]->example_count)
				snprintf(why, size, "%s", shards[k]->examples[0].text);
	}
	pthread_mutex_unlock(&run->lock);
	return opened;
}

void vastar_run_stop(struct vastar_run *run)
{
	__atomic_store_n(&run->stop, true, __ATOMIC_RELAXED);
}

static enum vastar_phase phase_now(const struct vastar_run *run, uint64_t start_ns, uint64_t now_ns)
{
	if (!start_ns || now_ns < run->begin_ns)
		return VASTAR_CONNECTING;
	if (now_ns < start_ns)
		return VASTAR_WARMING_UP;
	return now_ns < __atomic_load_n(&run->deadline_ns, __ATOMIC_RELAXED) ? VASTAR_RUNNING
									     : VASTAR_DRAINING;
}

void run_totals(const struct vastar_run *run, struct totals *totals)
{
	for (uint32_t i = 0; i < run_workers(run); i++)
		totals_add(totals,
			   run->ended_in_warmup ? run->workers[i]->warm_shard : run->workers[i]->shard);
}

/* NAN: the thread has ended, or measures nothing yet. */
static double busy_now(const struct vastar_run *run, uint32_t index, uint64_t now_ns)
{
	const struct worker *w = run->workers[index];
	uint64_t begun = __atomic_load_n(&w->begun_ns, __ATOMIC_RELAXED), cpu_ns;
	uint64_t spun = __atomic_load_n(&w->waiter.spun_ns, __ATOMIC_RELAXED) - w->spun_start_ns;
	struct timespec cpu;
	clockid_t clock;

	if (!begun || now_ns <= begun || pthread_getcpuclockid(run->threads[index], &clock) ||
	    clock_gettime(clock, &cpu))
		return NAN;
	cpu_ns = (uint64_t)cpu.tv_sec * NS_PER_S + (uint64_t)cpu.tv_nsec - w->cpu_start_ns;
	return cpu_ns > spun ? (double)(cpu_ns - spun) / (double)(now_ns - begun) : 0;
}

void run_gauges(const struct vastar_run *run, struct run_gauges *gauges)
{
	uint64_t start_ns = __atomic_load_n(&run->start_ns, __ATOMIC_ACQUIRE), now_ns = clock_now_ns();

	*gauges = (struct run_gauges){
	    .phase = phase_now(run, start_ns, now_ns),
	    .elapsed_ns = start_ns && now_ns > start_ns ? now_ns - start_ns : 0,
	    .started_at_s = start_ns ? (double)run->facts.started_at_s + run->facts.started_at_ms / 1e3 : 0,
	    .busy = NAN,
	};
	for (uint32_t i = 0; i < run_workers(run); i++) {
		const struct worker *w = run->workers[i];

		gauges->open_connections += __atomic_load_n(&w->open, __ATOMIC_RELAXED);
		gauges->in_flight += __atomic_load_n(&w->tally.in_flight, __ATOMIC_RELAXED);
		gauges->busy = fmax(gauges->busy, busy_now(run, i, now_ns)); /* the one that is a number */
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
