/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "sweep/runs.h"

#include <stdlib.h>

#include "base/clock.h"
#include "sweep/estimate.h"
#include "sweep/notes.h"
#include "base/random.h"

/* ---- points ---- */

int sweep_find_point(const struct sweep *sweep, uint32_t concurrency)
{
	for (unsigned i = 0; i < sweep->count; i++)
		if (sweep->points[i].concurrency == concurrency)
			return (int)i;
	return -1;
}

void sweep_add_point(struct sweep *sweep, uint32_t concurrency, bool baseline_only)
{
	unsigned at = sweep->count;
	int there = sweep_find_point(sweep, concurrency);

	if (there >= 0) {
		sweep->points[there].baseline_only &= baseline_only;
		return;
	}
	if (sweep->count == sizeof(sweep->points) / sizeof(sweep->points[0]))
		return;
	for (; at > 0 && sweep->points[at - 1].concurrency > concurrency; at--)
		sweep->points[at] = sweep->points[at - 1];
	sweep->points[at] = (struct point){.concurrency = concurrency, .baseline_only = baseline_only};
	sweep->count++;
}

/* ---- runs ---- */

bool sweep_stopped(const struct sweep *sweep)
{
	return sweep->stopped_early ||
	       (sweep->settings->stop && __atomic_load_n(sweep->settings->stop, __ATOMIC_RELAXED));
}

/* Estimated from the rates seen so far. */
static double seconds_left(const struct sweep *sweep)
{
	double left = sweep->run_s - ns_to_s(clock_now_ns() - sweep->run_began_ns);

	return (left > 0 ? left : 0) + sweep->left_s;
}

static void tell(const struct sweep *sweep, struct sweep_event *event)
{
	if (!sweep->settings->on_event)
		return;
	event->run = sweep->run;
	event->runs = sweep->runs;
	event->repeats = sweep->settings->repeats;
	event->seconds_left = seconds_left(sweep);
	sweep->settings->on_event(sweep->settings->context, event);
}

void sweep_warn(const struct sweep *sweep)
{
	for (unsigned i = 0; i < sweep->note_count; i++)
		tell(sweep, &(struct sweep_event){.kind = SWEEP_WARNING, .warning = sweep->notes[i]});
}

void sweep_tell_plan(struct sweep *sweep, bool scouting)
{
	sweep->run_s = 0;
	tell(sweep, &(struct sweep_event){.kind = SWEEP_PLANNED, .scouting = scouting});
}

struct watching {
	struct sweep *sweep;
	struct sweep_event event;
};

static void on_progress(void *context, const struct measure_progress *progress)
{
	struct watching *watching = context;

	watching->event.kind = SWEEP_RUNNING;
	watching->event.progress = *progress;
	tell(watching->sweep, &watching->event);
}

/* Levels are grouped by powers of two. */
static unsigned level_class(uint32_t concurrency)
{
	return 31 - (unsigned)__builtin_clz(concurrency | 1);
}

static void note_workers(struct sweep *sweep, const struct job *job, uint32_t workers)
{
	uint32_t *needed = &sweep->workers_needed[job->reference][level_class(job->concurrency)];

	if (workers > *needed)
		*needed = workers;
}

/* The number of workers with which runs at this level, or at lower ones, ended: a higher level needs at
 * least as many. */
static uint32_t workers_needed(const struct sweep *sweep, const struct job *job)
{
	uint32_t most = 0;

	for (unsigned i = 0; i <= level_class(job->concurrency); i++)
		if (sweep->workers_needed[job->reference][i] > most)
			most = sweep->workers_needed[job->reference][i];
	return most;
}

int sweep_run_one(struct sweep *sweep, const struct job *job, const struct measure_settings *how,
		  bool scouting, struct sample *sample, struct vastar_error *err)
{
	const struct sweep_settings *settings = sweep->settings;
	int at = sweep_find_point(sweep, job->concurrency);
	unsigned before = at < 0	   ? 0
			  : job->reference ? sweep->points[at].reference.count
					   : sweep->points[at].target.count;
	struct watching watching = {.sweep = sweep,
				    .event = {.kind = SWEEP_RUN_BEGINS,
					      .concurrency = job->concurrency,
					      .repeat = before + 1,
					      .reference = job->reference,
					      .scouting = scouting}};
	struct measure_watch watch = {.progress = settings->on_event ? on_progress : NULL,
				      .context = &watching,
				      .stop = settings->stop};
	int rc;

	sweep->run++;
	sweep->run_began_ns = clock_now_ns();
	sweep->run_s = scouting ? 0 : estimate_job_s(sweep, job->concurrency, job->reference);
	tell(sweep, &watching.event);
	rc = measure(job->reference ? &settings->reference : &settings->target, job->concurrency,
		     workers_needed(sweep, job), how, &watch, sample, err);
	if (rc)
		return rc;
	note_workers(sweep, job, sample->workers);
	if (sample->responses)
		estimate_learn(sweep, job->concurrency, job->reference, sample->figures.rps);
	if (sweep_stopped(sweep)) /* after a signal, a sample may hold only a few responses */
		return 0;
	watching.event.kind = SWEEP_RUN_ENDED;
	watching.event.sample = sample;
	tell(sweep, &watching.event);
	if (!sample->unreachable)
		return 0;
	sweep->stopped_early = sweep->unreachable = true;
	sweep_note(sweep, "stopped at c = %u: the %s cannot be reached%s%s%s", job->concurrency,
		   job->reference ? "reference" : "target", sample->why[0] ? " (" : "", sample->why,
		   sample->why[0] ? ")" : "");
	return 0;
}

static bool jobs_add(struct jobs *jobs, uint32_t concurrency, bool reference)
{
	if (jobs->count == jobs->room) {
		unsigned room = jobs->room ? 2 * jobs->room : 64;
		struct job *grown = realloc(jobs->list, room * sizeof(*grown));

		if (!grown)
			return false;
		jobs->list = grown;
		jobs->room = room;
	}
	jobs->list[jobs->count++] = (struct job){concurrency, reference};
	return true;
}

/* Adds all repeats of a level, on both endpoints when the reference is a live one. */
bool jobs_add_level(struct jobs *jobs, const struct sweep *sweep, uint32_t concurrency, unsigned repeats)
{
	for (unsigned i = 0; i < repeats; i++) {
		if (!jobs_add(jobs, concurrency, false))
			return false;
		if (sweep->settings->reference.url && !jobs_add(jobs, concurrency, true))
			return false;
	}
	return true;
}

/* Fisher-Yates. */
static void shuffle(struct jobs *jobs, uint64_t *random)
{
	for (unsigned i = jobs->count; i > 1; i--) {
		unsigned other = random_below(random, i);
		struct job kept = jobs->list[i - 1];

		jobs->list[i - 1] = jobs->list[other];
		jobs->list[other] = kept;
	}
}

/* False for a sample that a signal cut short, or during which the server went away. Neither is kept. */
static bool is_whole(const struct sweep *sweep, const struct sample *sample)
{
	return sweep->unreachable ? !sample->responses : !sweep_stopped(sweep);
}

/* For the jobs from this one on and those that --refine will add, each as long as the mean of the jobs. */
static double jobs_left_s(const struct sweep *sweep, const struct jobs *jobs, unsigned from)
{
	double left = 0, all = 0;

	for (unsigned i = 0; i < jobs->count; i++) {
		double s = estimate_job_s(sweep, jobs->list[i].concurrency, jobs->list[i].reference);

		all += s;
		left += i >= from ? s : 0;
	}
	return left + (jobs->count ? sweep->runs_to_come * all / jobs->count : 0);
}

/* Takes ownership of the jobs. */
int sweep_run_jobs(struct sweep *sweep, struct jobs *jobs, struct vastar_error *err)
{
	int rc = 0;

	shuffle(jobs, &sweep->random);
	sweep->runs = sweep->run + jobs->count;
	sweep->left_s = jobs_left_s(sweep, jobs, 0);
	if (!sweep->planned)
		sweep_tell_plan(sweep, false);
	sweep->planned = true;
	for (unsigned i = 0; i < jobs->count && !rc && !sweep_stopped(sweep); i++) {
		const struct job *job = &jobs->list[i];
		struct sample sample;
		int at = sweep_find_point(sweep, job->concurrency);

		sweep->left_s = jobs_left_s(sweep, jobs, i + 1);
		rc = sweep_run_one(sweep, job, &sweep->settings->measure, false, &sample, err);
		if (rc || at < 0 || !is_whole(sweep, &sample))
			continue;
		if (!side_add(job->reference ? &sweep->points[at].reference : &sweep->points[at].target,
			      &sample))
			rc = err_nomem(err, "points of a sweep");
	}
	free(jobs->list);
	*jobs = (struct jobs){0};
	return rc;
}
