/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * In order: scout for the range (--conc auto), measure every level, judge, pick; then the same for finer
 * levels around the pick (--refine), together with the pick and the peak once more. Within each of these
 * steps all runs, repeats and both endpoints, are in random order, so that a machine that gets slower
 * meanwhile does not look like a knee.
 */
#include "sweep/sweep.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "engine/cpu.h"
#include "sweep/random.h"

enum {
	REFINED_LEVELS = 6,
	SCOUT_MS = 300,
	SCOUT_EACH = 5, /* answers for each connection */
	BOOTSTRAP_DRAWS = 1000,
};
#define SCOUT_GROWTH 1.05 /* a level that adds less does not count as growth */

struct job {
	uint32_t concurrency;
	bool reference;
};

struct jobs {
	unsigned count, room;
	struct job *list; /* owned */
};

/* ---- notes ---- */

static void note(struct sweep *sweep, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(struct sweep *sweep, const char *format, ...)
{
	va_list arguments;

	if (sweep->note_count == NOTES_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(sweep->notes[sweep->note_count++], NOTE_LENGTH, format, arguments);
	va_end(arguments);
}

/* ---- points ---- */

static int find_point(const struct sweep *sweep, uint32_t concurrency)
{
	for (unsigned i = 0; i < sweep->count; i++)
		if (sweep->points[i].concurrency == concurrency)
			return (int)i;
	return -1;
}

static void add_point(struct sweep *sweep, uint32_t concurrency, bool baseline_only)
{
	unsigned at = sweep->count;
	int there = find_point(sweep, concurrency);

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

/* The levels of the file take the place of measured ones. */
static void fill_in_cached(struct sweep *sweep)
{
	const struct sweep_settings *settings = sweep->settings;

	for (unsigned i = 0; settings->cached && i < sweep->count; i++) {
		struct point *point = &sweep->points[i];
		int at = reference_find(settings->cached, point->concurrency, settings->reference_nearest);

		if (at < 0)
			continue;
		point->reference.median = settings->cached->figures[at];
	}
}

static void judge_all(struct sweep *sweep)
{
	const struct sweep_settings *settings = sweep->settings;
	const struct side *baseline;

	sweep->baseline = find_point(sweep, settings->baseline_c);
	baseline = sweep->baseline >= 0 && sweep->points[sweep->baseline].target.count
		       ? &sweep->points[sweep->baseline].target
		       : NULL;
	for (unsigned i = 0; i < sweep->count; i++) {
		side_sum_up(&sweep->points[i].target);
		if (sweep->points[i].reference.count)
			side_sum_up(&sweep->points[i].reference);
	}
	fill_in_cached(sweep);
	for (unsigned i = 0; i < sweep->count; i++)
		point_judge(&sweep->points[i], &settings->gates, baseline, sweep->paired);
	sweep->spot =
	    pick(sweep->points, sweep->count, settings->method, settings->knee_ratio, sweep->paired);
}

/* ---- runs ---- */

static bool stopped(const struct sweep *sweep)
{
	return sweep->stopped_early ||
	       (sweep->settings->stop && __atomic_load_n(sweep->settings->stop, __ATOMIC_RELAXED));
}

static void tell(const struct sweep *sweep, struct sweep_event *event)
{
	double passed = ns_to_s(clock_now_ns() - sweep->began_ns);

	if (!sweep->settings->on_event)
		return;
	event->run = sweep->run;
	event->runs = sweep->runs;
	if (sweep->run > 1)
		event->seconds_left = passed / (sweep->run - 1) * (sweep->runs - sweep->run + 1);
	sweep->settings->on_event(sweep->settings->context, event);
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

static int run_one(struct sweep *sweep, const struct job *job, const struct measure_settings *how,
		   bool scouting, struct sample *sample, struct vastar_error *err)
{
	const struct sweep_settings *settings = sweep->settings;
	int at = find_point(sweep, job->concurrency);
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
	tell(sweep, &watching.event);
	rc = measure(job->reference ? &settings->reference : &settings->target, job->concurrency, how, &watch,
		     sample, err);
	if (rc)
		return rc;
	watching.event.kind = SWEEP_RUN_ENDED;
	watching.event.sample = sample;
	tell(sweep, &watching.event);
	if (sample->unreachable && !stopped(sweep)) {
		sweep->stopped_early = sweep->unreachable = true;
		note(sweep, "stopped at c = %u: the %s cannot be reached (%s)", job->concurrency,
		     job->reference ? "reference" : "target", sample->why);
	}
	return 0;
}

static bool add_job(struct jobs *jobs, uint32_t concurrency, bool reference)
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

/* All repeats of a level, on both endpoints when the reference is a live one. */
static bool add_level(struct jobs *jobs, const struct sweep *sweep, uint32_t concurrency, unsigned repeats)
{
	for (unsigned i = 0; i < repeats; i++) {
		if (!add_job(jobs, concurrency, false))
			return false;
		if (sweep->settings->reference.url && !add_job(jobs, concurrency, true))
			return false;
	}
	return true;
}

/* Fisher and Yates. */
static void shuffle(struct jobs *jobs, uint64_t *random)
{
	for (unsigned i = jobs->count; i > 1; i--) {
		unsigned other = random_below(random, i);
		struct job kept = jobs->list[i - 1];

		jobs->list[i - 1] = jobs->list[other];
		jobs->list[other] = kept;
	}
}

/* Takes the jobs. A sample that a signal has cut short is not kept: it may be of a few answers. */
static int run_jobs(struct sweep *sweep, struct jobs *jobs, struct vastar_error *err)
{
	int rc = 0;

	shuffle(jobs, &sweep->random);
	sweep->runs = sweep->run + jobs->count;
	for (unsigned i = 0; i < jobs->count && !rc && !stopped(sweep); i++) {
		const struct job *job = &jobs->list[i];
		struct sample sample;
		int at = find_point(sweep, job->concurrency);

		rc = run_one(sweep, job, &sweep->settings->measure, false, &sample, err);
		if (rc || at < 0 || (stopped(sweep) && !sweep->unreachable))
			continue;
		if (!side_add(job->reference ? &sweep->points[at].reference : &sweep->points[at].target,
			      &sample))
			rc = err_nomem(err, "points of a sweep");
	}
	free(jobs->list);
	*jobs = (struct jobs){0};
	return rc;
}

/* ---- the steps ---- */

/* Doubles the concurrency for as long as that pays: until two levels in a row have added nothing, or one has
 * added nothing and has blown up the tail. What is found here is the range, not the figures. */
static int scout(struct sweep *sweep, struct levels *levels, struct vastar_error *err)
{
	const struct sweep_settings *settings = sweep->settings;
	struct measure_settings how = {.requests = 1,
				       .each = SCOUT_EACH,
				       .least_ns = SCOUT_MS * NS_PER_MS,
				       .prolong_ns = SCOUT_MS * NS_PER_MS,
				       .most_ns = settings->measure.most_ns / 3};
	double best = 0, first_p99 = 0;
	unsigned idle = 0;

	for (uint64_t c = 1; c <= settings->most && idle < 2 && !stopped(sweep); c *= 2) {
		struct job job = {.concurrency = (uint32_t)c};
		struct sample sample;
		int rc = run_one(sweep, &job, &how, true, &sample, err);

		if (rc)
			return rc;
		levels_add(levels, (uint32_t)c);
		first_p99 = c == 1 ? sample.figures.p99_s : first_p99;
		idle = sample.figures.rps > SCOUT_GROWTH * best ? 0 : idle + 1;
		if (idle && sample.figures.p99_s > settings->gates.max_tail_mult * first_p99)
			break;
		if (sample.figures.rps > best)
			best = sample.figures.rps;
	}
	return 0;
}

static int measure_levels(struct sweep *sweep, const struct levels *levels, struct vastar_error *err)
{
	const struct sweep_settings *settings = sweep->settings;
	struct jobs jobs = {0};
	bool room = true;

	for (unsigned i = 0; i < levels->count; i++)
		add_point(sweep, levels->c[i], false);
	add_point(sweep, settings->baseline_c, true);
	for (unsigned i = 0; i < sweep->count && room; i++)
		room = add_level(&jobs, sweep, sweep->points[i].concurrency, settings->repeats);
	if (!room) {
		free(jobs.list);
		return err_nomem(err, "runs of a sweep");
	}
	return run_jobs(sweep, &jobs, err);
}

static int refine(struct sweep *sweep, struct vastar_error *err)
{
	const struct sweep_settings *settings = sweep->settings;
	uint32_t picked = sweep->points[sweep->spot.index].concurrency;
	uint32_t peak = sweep->points[sweep->spot.peak_index].concurrency;
	struct levels known = {0}, finer;
	struct jobs jobs = {0};
	bool room = true;

	for (unsigned i = 0; i < sweep->count; i++)
		if (!sweep->points[i].baseline_only)
			levels_add(&known, sweep->points[i].concurrency);
	levels_refine(&finer, picked, REFINED_LEVELS, settings->most, &known);
	for (unsigned i = 0; i < finer.count && room; i++) {
		add_point(sweep, finer.c[i], false);
		room = add_level(&jobs, sweep, finer.c[i], settings->repeats);
	}
	if (room && finer.count)
		room = add_level(&jobs, sweep, picked, 1) &&
		       (peak == picked || add_level(&jobs, sweep, peak, 1));
	if (!room) {
		free(jobs.list);
		return err_nomem(err, "runs of a sweep");
	}
	return run_jobs(sweep, &jobs, err);
}

/* ---- what is to be said ---- */

static void note_weak_points(struct sweep *sweep)
{
	char list[120] = "";
	size_t used = 0;

	for (unsigned i = 0; i < sweep->count && used < sizeof(list); i++)
		if (sweep->points[i].unjudged)
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%u", used ? ", " : "",
						 sweep->points[i].concurrency);
	if (used)
		note(sweep, "not judged for want of answers (fewer than ten above p99 or p99.9) at c = %s%s",
		     list, used >= sizeof(list) ? ", ..." : "");
	for (unsigned i = 0; i < sweep->count; i++) {
		const struct point *point = &sweep->points[i];

		if (point->target.cut)
			note(sweep, "c = %u: ended by --point-max with %llu answers", point->concurrency,
			     (unsigned long long)point->target.samples[point->target.count - 1].responses);
	}
	if (sweep->baseline >= 0 && sweep->points[sweep->baseline].target.weak_p99)
		note(sweep, "the baseline's p99 at c = %u rests on fewer than ten answers above it",
		     sweep->settings->baseline_c);
}

static void note_edges(struct sweep *sweep)
{
	const struct point *spot;
	unsigned last = sweep->count;

	if (sweep->spot.index < 0)
		return;
	while (last > 0 && sweep->points[last - 1].baseline_only)
		last--;
	if (sweep->spot.peak_index == (int)last - 1 && !sweep->points[last - 1].disqualified[0] &&
	    sweep->count > 1)
		note(sweep, "range ends before the knee: throughput is highest at its largest level, c = %u",
		     sweep->points[last - 1].concurrency);
	if (sweep->spot.method != PICK_KNEE)
		return;
	spot = &sweep->points[sweep->spot.index];
	for (int i = 0; i < sweep->spot.index; i++) {
		const struct point *point = &sweep->points[i];

		if (point->disqualified[0] || point->baseline_only)
			continue;
		if (point->target.rps.high >= sweep->settings->knee_ratio * sweep->spot.peak_rps)
			note(sweep,
			     "c = %u may do as well as c = %u: its interval of rps, up to %.0f, holds %.0f "
			     "%% of the peak",
			     point->concurrency, spot->concurrency, point->target.rps.high,
			     100 * sweep->settings->knee_ratio);
	}
}

static void note_nearest(struct sweep *sweep)
{
	const struct sweep_settings *settings = sweep->settings;

	for (unsigned i = 0; settings->cached && i < sweep->count; i++) {
		int at = reference_find(settings->cached, sweep->points[i].concurrency,
					settings->reference_nearest);

		if (at >= 0 && settings->cached->levels.c[at] != sweep->points[i].concurrency)
			note(sweep, "c = %u is compared with the reference at c = %u, the nearest there is",
			     sweep->points[i].concurrency, settings->cached->levels.c[at]);
	}
}

void sweep_reasoning(const struct sweep *sweep, char *text, size_t size)
{
	const struct sweet_spot *spot = &sweep->spot;
	const struct point *point = spot->index >= 0 ? &sweep->points[spot->index] : NULL;

	if (spot->method == PICK_NONE || !point)
		snprintf(text, size, "nothing answered at any level");
	else if (spot->method == PICK_FALLBACK)
		snprintf(text, size, "no level has passed the gates; c = %u has the %s of them",
			 point->concurrency, sweep->paired ? "smallest overhead" : "highest rate");
	else if (spot->method == PICK_SCORE)
		snprintf(text, size,
			 "c = %u has the highest score rps / (p99/p50)^2 of the levels that have passed",
			 point->concurrency);
	else
		snprintf(text, size,
			 "c = %u is the smallest level that has passed and reaches %.4g %% of the peak of "
			 "%.0f rps at c = %u",
			 point->concurrency, 100 * sweep->settings->knee_ratio, spot->peak_rps,
			 sweep->points[spot->peak_index].concurrency);
}

/* ---- the whole ---- */

static int run_steps(struct sweep *sweep, struct vastar_error *err)
{
	const struct sweep_settings *settings = sweep->settings;
	struct levels levels = settings->levels;
	int rc = 0;

	if (levels.automatic)
		rc = scout(sweep, &levels, err);
	if (!rc && !stopped(sweep))
		rc = measure_levels(sweep, &levels, err);
	if (rc)
		return rc;
	judge_all(sweep);
	if (settings->refine && sweep->spot.index >= 0 && !stopped(sweep)) {
		rc = refine(sweep, err);
		judge_all(sweep);
	}
	return rc;
}

int sweep_run(struct sweep *sweep, const struct sweep_settings *settings, struct vastar_error *err)
{
	int rc;

	*sweep = (struct sweep){.settings = settings,
				.paired = settings->reference.url || settings->cached,
				.random = settings->seed,
				.baseline = -1,
				.spot = {.index = -1, .peak_index = -1, .method = PICK_NONE}};
	sweep->started_at_s = (int64_t)time(NULL);
	sweep->began_ns = clock_now_ns();
	cpu_describe(&sweep->machine);
	rc = run_steps(sweep, err);
	if (rc)
		return rc;
	if (stopped(sweep) && !sweep->stopped_early) {
		sweep->stopped_early = true;
		note(sweep, "interrupted: only what was measured until then is shown");
	}
	sweep->spot.confidence =
	    sweep->spot.index < 0
		? 0
		: pick_confidence(sweep->points, sweep->count, settings->method, settings->knee_ratio,
				  sweep->paired, &sweep->spot, BOOTSTRAP_DRAWS, settings->seed);
	note_weak_points(sweep);
	note_edges(sweep);
	note_nearest(sweep);
	sweep->elapsed_ns = clock_now_ns() - sweep->began_ns;
	return 0;
}

void sweep_free(struct sweep *sweep)
{
	for (unsigned i = 0; i < sweep->count; i++) {
		side_free(&sweep->points[i].target);
		side_free(&sweep->points[i].reference);
	}
	sweep->count = 0;
}

int sweep_status(const struct sweep *sweep)
{
	if (sweep->unreachable || sweep->spot.method == PICK_NONE)
		return 1;
	return sweep->spot.method == PICK_FALLBACK ? 3 : 0;
}
