/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/scale.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "engine/conn_move.h"
#include "engine/growth.h"
#include "engine/host_idle.h"
#include "engine/run_workers.h"
#include "engine/worker.h"

#define STAT_PATH "/proc/stat"

#define BEGIN_EVERY_NS (2 * NS_PER_MS)	/* a worker that starts is ready after about this time */
#define LEAST_LEFT_NS (100 * NS_PER_MS) /* a step gains nothing when the run is nearly over */

struct seen {
	uint64_t cpu_ns, spun_ns;
};

struct scale {
	struct growth growth;
	bool begun;
	uint64_t begin_ns; /* when the next attempt to begin is due, until it has begun */
	cpu_set_t usable;
	/* The previous sample. */
	uint64_t at_ns, idle_ns, responses;
	struct seen *seen; /* [plan->workers_max]; owned */
	uint32_t *keeps;   /* [plan->workers_max]: the slots that each worker has to keep; owned */
	bool moving;	   /* the workers of the current step have been told to move connections */
	uint32_t step_count;
	struct worker_step steps[WORKER_STEPS_MAX];
};

struct scale *scale_new(const struct vastar_run *run)
{
	struct scale *scale = calloc(1, sizeof(*scale));
	uint32_t most = run->plan->workers_max;

	if (!scale)
		return NULL;
	scale->seen = calloc(most, sizeof(*scale->seen));
	scale->keeps = calloc(most, sizeof(*scale->keeps));
	if (!scale->seen || !scale->keeps || sched_getaffinity(0, sizeof(scale->usable), &scale->usable)) {
		scale_free(scale);
		return NULL;
	}
	return scale;
}

void scale_free(struct scale *scale)
{
	if (!scale)
		return;
	free(scale->seen);
	free(scale->keeps);
	free(scale);
}

/* ---- samples ---- */

static uint64_t thread_cpu_ns(pthread_t thread)
{
	struct timespec used;
	clockid_t clock;

	if (pthread_getcpuclockid(thread, &clock) || clock_gettime(clock, &used))
		return 0;
	return (uint64_t)used.tv_sec * NS_PER_S + (uint64_t)used.tv_nsec;
}

static uint64_t responses_so_far(const struct vastar_run *run)
{
	uint64_t responses = 0;

	for (uint32_t i = 0; i < run->worker_count; i++) {
		responses += hist_load(&run->workers[i]->shard->responses);
		if (run->workers[i]->warm_shard)
			responses += hist_load(&run->workers[i]->warm_shard->responses);
	}
	return responses;
}

static bool all_moved(const struct vastar_run *run)
{
	if (!run->scale->moving)
		return false;
	for (uint32_t i = 0; i < run->worker_count; i++)
		if (move_owned(run->workers[i]) != run->scale->keeps[i])
			return false;
	return true;
}

static double share(uint64_t now, uint64_t before, uint64_t passed_ns)
{
	return now > before && passed_ns ? (double)(now - before) / (double)passed_ns : 0;
}

static bool is_ready(const struct worker *w)
{
	return __atomic_load_n(&w->ready, __ATOMIC_ACQUIRE);
}

/* Measures the time since the previous sample and replaces that sample. */
static struct growth_sample take_sample(struct vastar_run *run, uint64_t now_ns)
{
	struct scale *scale = run->scale;
	uint64_t passed_ns = now_ns - scale->at_ns, responses = responses_so_far(run),
		 idle_ns = scale->idle_ns;
	struct growth_sample sample = {.now_ns = now_ns, .all_moved = all_moved(run)};

	for (uint32_t i = 0; i < run->worker_count && is_ready(run->workers[i]); i++) {
		struct seen now = {thread_cpu_ns(run->threads[i]),
				   __atomic_load_n(&run->workers[i]->waiter.spun_ns, __ATOMIC_RELAXED)};
		struct seen *before = &scale->seen[i];
		double busy = share(now.cpu_ns, before->cpu_ns, passed_ns) -
			      share(now.spun_ns, before->spun_ns, passed_ns);

		if (i < scale->growth.count && busy > 0)
			sample.busy += busy / scale->growth.count;
		*before = now;
	}
	if (host_idle_ns(STAT_PATH, &scale->usable, &idle_ns))
		sample.idle = share(idle_ns, scale->idle_ns, passed_ns);
	if (passed_ns)
		sample.rate = (double)(responses - scale->responses) / ns_to_s(passed_ns);
	scale->at_ns = now_ns;
	scale->idle_ns = idle_ns;
	scale->responses = responses;
	return sample;
}

/* ---- steps ---- */

/* The worker with the most connections among those that have given none in this step. */
static uint32_t giver(const struct scale *scale, uint32_t count, const bool *gave)
{
	uint32_t most = UINT32_MAX;

	for (uint32_t i = 0; i < count; i++)
		if (!gave[i] && (most == UINT32_MAX || scale->keeps[i] > scale->keeps[most]))
			most = i;
	return most;
}

static void note_count(struct vastar_run *run)
{
	struct scale *scale = run->scale;

	if (scale->step_count < WORKER_STEPS_MAX)
		scale->steps[scale->step_count++] =
		    (struct worker_step){.at_ns = scale->step_count ? clock_now_ns() - run->start_ns : 0,
					 .count = scale->growth.count};
}

/* Each new worker gets half of the connections of an existing one. */
static bool start_joiners(struct vastar_run *run, uint32_t from, uint32_t to)
{
	for (uint32_t i = run->worker_count; i < to; i++) {
		struct scale *scale = run->scale;
		bool *gave = calloc(from, sizeof(*gave));
		uint32_t partner;
		bool joined = false;

		for (uint32_t k = from; gave && k < i; k++)
			gave[run->workers[k]->partner] = true;
		partner = gave ? giver(scale, from, gave) : UINT32_MAX;
		free(gave);
		if (partner != UINT32_MAX)
			joined = run_join(run, i, partner, scale->keeps[partner] / 2);
		if (!joined)
			return false;
	}
	return true;
}

/* Tells the workers how many slots to keep, as in keeps[]. Those that get more come first: otherwise they
 * would at once send back what the others give. */
static void tell(struct vastar_run *run)
{
	for (int more = 1; more >= 0; more--)
		for (uint32_t i = 0; i < run->worker_count; i++)
			if ((run->scale->keeps[i] > move_kept(run->workers[i])) == more)
				move_keep(run->workers[i], run->scale->keeps[i]);
	run->scale->moving = true;
}

/* The workers of the step are ready, so connections can move. False: out of memory. */
static bool give_connections(struct vastar_run *run, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		struct worker *new = run->workers[i], *old = run->workers[new->partner];
		uint32_t *keep = &run->scale->keeps[new->partner];

		*keep -= new->conn_count;
		run->scale->keeps[i] = new->conn_count;
		if (!move_prepare(old, *keep, new, new->conn_count))
			return false;
	}
	tell(run);
	return true;
}

static void take_connections_back(struct vastar_run *run, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		run->scale->keeps[run->workers[i]->partner] += run->scale->keeps[i];
		run->scale->keeps[i] = 0;
	}
	tell(run);
}

static void give_up(struct vastar_run *run)
{
	uint32_t count = run->scale->growth.count;

	growth_failed(&run->scale->growth);
	if (run->scale->moving && !run->scale->growth.by_schedule) /* its schedule has been divided */
		take_connections_back(run, run->scale->growth.count, count);
	note_count(run);
}

/* The first `count` workers are all running. */
static bool all_ready(struct vastar_run *run, uint32_t count)
{
	for (uint32_t i = 0; i < count && i < run->worker_count; i++)
		if (!is_ready(run->workers[i]))
			return false;
	return true;
}

static bool any_failed(struct vastar_run *run)
{
	if (__atomic_load_n(&run->move_failed, __ATOMIC_RELAXED))
		return true;
	for (uint32_t i = 0; i < run->worker_count; i++)
		if (__atomic_load_n(&run->workers[i]->failed, __ATOMIC_ACQUIRE))
			return true;
	return false;
}

static void begin(struct vastar_run *run)
{
	struct scale *scale = run->scale;

	for (uint32_t i = 0; i < run->worker_count; i++)
		scale->keeps[i] = run->workers[i]->conn_count;
	growth_init(&scale->growth, run->worker_count, run->plan->workers_max, run->plan->connections,
		    run->plan->pace.kind == PACE_OPEN, clock_now_ns());
	scale->growth.forced = run->plan->swing ? run->plan->workers_max : 0;
	scale->begun = true;
	note_count(run);
	take_sample(run, clock_now_ns());
}

/* The workers that ended before the others; they do not end the run. */
static uint32_t failed_joiners(const struct vastar_run *run)
{
	uint32_t failed = 0;

	for (uint32_t i = 0; i < run->worker_count; i++)
		failed += __atomic_load_n(&run->workers[i]->failed, __ATOMIC_ACQUIRE);
	return failed;
}

uint64_t scale_due_ns(struct vastar_run *run)
{
	uint64_t start_ns = __atomic_load_n(&run->start_ns, __ATOMIC_ACQUIRE);
	uint64_t deadline_ns = __atomic_load_n(&run->deadline_ns, __ATOMIC_RELAXED);

	if (!run->scale || !start_ns || run->ended > failed_joiners(run) || run->failed)
		return UINT64_MAX;
	if (!run->scale->begun)
		return run->scale->begin_ns;
	if (run->scale->growth.due_ns > deadline_ns - LEAST_LEFT_NS && deadline_ns > LEAST_LEFT_NS)
		return UINT64_MAX;
	return run->scale->growth.due_ns;
}

void scale_step(struct vastar_run *run)
{
	struct scale *scale = run->scale;
	struct growth *growth = &scale->growth;
	uint32_t before = growth->count, after;
	struct growth_sample sample;

	if (!scale->begun) {
		scale->begin_ns = clock_now_ns() + BEGIN_EVERY_NS;
		if (all_ready(run, run->worker_count))
			begin(run);
		return;
	}
	sample = take_sample(run, clock_now_ns());

	if (growth->state != GROWTH_WATCHING && !scale->moving && all_ready(run, growth->count) &&
	    !give_connections(run, growth->before, growth->count)) {
		give_up(run);
		return;
	}
	if (growth->state != GROWTH_WATCHING && any_failed(run)) {
		give_up(run);
		return;
	}
	after = growth_next(growth, &sample);
	if (after > before) {
		scale->moving = false;
		if (start_joiners(run, before, after))
			note_count(run);
		else
			give_up(run);
	} else if (after < before) {
		take_connections_back(run, after, before);
		note_count(run);
	}
}

bool scale_unsettled(const struct vastar_run *run)
{
	return run->scale && run->scale->begun && growth_unsettled(&run->scale->growth);
}

void scale_report(struct vastar_run *run)
{
	struct scale *scale = run->scale;

	if (!scale || !scale->begun)
		return;
	for (uint32_t i = 0; i < scale->step_count; i++)
		run->facts.steps[i] = scale->steps[i];
	run->facts.step_count = scale->step_count;
	run->facts.room_to_grow = growth_has_room(&scale->growth);
}
