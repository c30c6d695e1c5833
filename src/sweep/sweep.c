/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The steps: scout for the range (--conc auto), measure every level, judge, pick. With --refine, do the
 * same for finer levels around the pick, and measure again the levels on which the pick rests. Within each
 * step all runs (repeats, and both endpoints) are in random order, so that a machine that slows down
 * meanwhile does not look like a knee.
 */
#include "sweep/sweep.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "engine/cpu.h"
#include "sweep/estimate.h"
#include "sweep/notes.h"
#include "sweep/rules.h"
#include "sweep/runs.h"

enum {
	REFINED_LEVELS = 6,
	REFINED_TIMES = 3, /* at most */
	AGAIN = 3,	   /* levels measured once more, each time */
	SETTLE_TIMES = 4,
	SCOUT_MS = 300,
	SCOUT_EACH = 5, /* responses for each connection */
	BOOTSTRAP_DRAWS = 1000,
};
#define SETTLED 0.95		   /* share of resamples above which the pick is not a matter of noise */
#define SCOUT_GROWTH 1.05	   /* a level that adds less does not count as growth */
#define SCOUT_GROWTH_FOR_TAIL 1.25 /* the same when the tail exceeds the gate */

/* Uses the levels of the file in place of measured ones. */
static void fill_in_cached(struct sweep *sweep)
{
	const struct sweep_settings *settings = sweep->settings;

	for (unsigned i = 0; settings->cached && i < sweep->count; i++) {
		struct point *point = &sweep->points[i];
		int at = reference_find(settings->cached, point->concurrency, settings->reference_nearest);

		if (at < 0)
			continue;
		point->reference.median = settings->cached->figures[at];
		point->reference.weak_p99 = settings->cached->weak_p99[at];
		point->reference.p99_s = settings->cached->p99_s[at];
	}
}

static void judge_all(struct sweep *sweep)
{
	const struct sweep_settings *settings = sweep->settings;
	const struct side *baseline;

	sweep->baseline = sweep_find_point(sweep, settings->baseline_c);
	baseline = sweep->baseline >= 0 && sweep->points[sweep->baseline].target.count
		       ? &sweep->points[sweep->baseline].target
		       : NULL;
	for (unsigned i = 0; i < sweep->count; i++) {
		side_sum_up(&sweep->points[i].target);
		if (sweep->points[i].reference.count)
			side_sum_up(&sweep->points[i].reference);
	}
	fill_in_cached(sweep);
	sweep->gates = settings->gates;
	rules_fit(&sweep->gates, sweep->points, sweep->count, settings->baseline_c);
	for (unsigned i = 0; i < sweep->count; i++)
		point_judge(&sweep->points[i], &sweep->gates, baseline, sweep->paired);
	sweep->spot =
	    pick(sweep->points, sweep->count, settings->method, settings->knee_ratio, sweep->paired);
}

/* ---- the steps ---- */

struct scouting {
	struct measure_settings how;
	double best_rps, first_p99_s;
	unsigned spent; /* consecutive levels beyond the knee */
};

static bool is_idle(const struct scouting *scouting, const struct sample *sample)
{
	return sample->figures.rps <= SCOUT_GROWTH * scouting->best_rps;
}

/* Measures a level that seems to add nothing twice: one stall of the machine must not end the range. A
 * level without a response may only be slow, so it and all that follow get the whole time of a run. */
static int scout_level(struct sweep *sweep, struct scouting *scouting, uint32_t concurrency,
		       struct sample *sample, struct vastar_error *err)
{
	struct job job = {.concurrency = concurrency};
	struct sample again;
	int rc = sweep_run_one(sweep, &job, &scouting->how, true, sample, err);

	if (rc || sweep_stopped(sweep) || !is_idle(scouting, sample))
		return rc;
	if (!sample->responses)
		scouting->how.most_ns = sweep->settings->measure.most_ns;
	rc = sweep_run_one(sweep, &job, &scouting->how, true, &again, err);
	if (!rc && again.figures.rps > sample->figures.rps)
		*sample = again;
	return rc;
}

/* Throughput has stopped growing, or it grows a little while the tail exceeds the gate. */
static bool is_spent(const struct scouting *scouting, const struct sample *sample, double max_tail_mult)
{
	return is_idle(scouting, sample) ||
	       (sample->figures.p99_s > max_tail_mult * scouting->first_p99_s &&
		sample->figures.rps <= SCOUT_GROWTH_FOR_TAIL * scouting->best_rps);
}

/* Doubles the concurrency until two levels in a row add nothing. A single one may have been stalled by the
 * machine. Scouting finds the range, not the figures. */
static int scout(struct sweep *sweep, struct levels *levels, struct vastar_error *err)
{
	const struct sweep_settings *settings = sweep->settings;
	struct scouting scouting = {.how = {.requests = 1,
					    .each = SCOUT_EACH,
					    .least_ns = SCOUT_MS * NS_PER_MS,
					    .prolong_ns = SCOUT_MS * NS_PER_MS,
					    .most_ns = settings->measure.most_ns / 3}};

	sweep->left_s = estimate_scouting_s(sweep, 0);
	sweep_tell_plan(sweep, true);
	for (uint64_t c = 1; c <= settings->most && scouting.spent < 2 && !sweep_stopped(sweep); c *= 2) {
		struct sample sample;
		int rc;

		sweep->left_s = estimate_scouting_s(sweep, levels->count);
		rc = scout_level(sweep, &scouting, (uint32_t)c, &sample, err);
		if (rc)
			return rc;
		levels_add(levels, (uint32_t)c);
		if (c == 1)
			scouting.first_p99_s = sample.figures.p99_s;
		scouting.spent =
		    is_spent(&scouting, &sample, settings->gates.max_tail_mult) ? scouting.spent + 1 : 0;
		if (sample.figures.rps > scouting.best_rps)
			scouting.best_rps = sample.figures.rps;
	}
	return 0;
}

static int measure_levels(struct sweep *sweep, const struct levels *levels, struct vastar_error *err)
{
	const struct sweep_settings *settings = sweep->settings;
	struct jobs jobs = {0};
	bool room = true;

	for (unsigned i = 0; i < levels->count; i++)
		sweep_add_point(sweep, levels->c[i], false);
	sweep_add_point(sweep, settings->baseline_c, true);
	for (unsigned i = 0; i < sweep->count && room; i++)
		room = jobs_add_level(&jobs, sweep, sweep->points[i].concurrency, settings->repeats);
	if (!room) {
		free(jobs.list);
		return err_nomem(err, "runs of a sweep");
	}
	return sweep_run_jobs(sweep, &jobs, err);
}

/* The candidate below the pick; the pick itself when there is none. */
static uint32_t level_below(const struct sweep *sweep)
{
	int i = sweep->spot.index - 1;

	while (i >= 0 && sweep->points[i].baseline_only)
		i--;
	return sweep->points[i >= 0 ? i : sweep->spot.index].concurrency;
}

/* Measures again what the pick rests on: the pick itself, the peak, and the level below, which did not
 * reach the knee. */
static bool add_again(struct jobs *jobs, const struct sweep *sweep)
{
	uint32_t picked = sweep->points[sweep->spot.index].concurrency;
	uint32_t peak = sweep->points[sweep->spot.peak_index].concurrency, below = level_below(sweep);

	return jobs_add_level(jobs, sweep, picked, 1) &&
	       (peak == picked || jobs_add_level(jobs, sweep, peak, 1)) &&
	       (below == picked || below == peak || jobs_add_level(jobs, sweep, below, 1));
}

static int refine(struct sweep *sweep, uint32_t around, struct vastar_error *err)
{
	const struct sweep_settings *settings = sweep->settings;
	struct levels known = {0}, finer;
	struct jobs jobs = {0};
	bool room = true;

	for (unsigned i = 0; i < sweep->count; i++)
		if (!sweep->points[i].baseline_only)
			levels_add(&known, sweep->points[i].concurrency);
	levels_refine(&finer, around, REFINED_LEVELS, settings->most, &known);
	if (finer.count)
		room = add_again(&jobs, sweep);
	for (unsigned i = 0; i < finer.count && room; i++) {
		sweep_add_point(sweep, finer.c[i], false);
		room = jobs_add_level(&jobs, sweep, finer.c[i], settings->repeats);
	}
	if (!room) {
		free(jobs.list);
		return err_nomem(err, "runs of a sweep");
	}
	return sweep_run_jobs(sweep, &jobs, err);
}

static double confidence(const struct sweep *sweep)
{
	const struct sweep_settings *settings = sweep->settings;

	return sweep->spot.index < 0
		   ? 0
		   : pick_confidence(sweep->points, sweep->count, settings->method, settings->knee_ratio,
				     sweep->paired, &sweep->spot, BOOTSTRAP_DRAWS, settings->seed);
}

/* While noise leaves the pick undecided: measures again the levels on which it rests, and every lower level
 * that may be as good. From the third run of a level on its median counts, which a single stall of the
 * machine does not change. */
static int settle(struct sweep *sweep, struct vastar_error *err)
{
	int rc = 0;

	for (unsigned turn = 0; turn < SETTLE_TIMES && !rc && !sweep_stopped(sweep); turn++) {
		uint32_t below = level_below(sweep);
		struct jobs jobs = {0};
		bool room;

		if (sweep->spot.method == PICK_FALLBACK || sweep->spot.index < 0 ||
		    confidence(sweep) >= SETTLED)
			break;
		room = add_again(&jobs, sweep);
		for (unsigned i = 0; i < sweep->count && room; i++)
			if (sweep->points[i].concurrency != below &&
			    pick_is_rival(sweep->points, i, &sweep->spot, sweep->settings->knee_ratio))
				room = jobs_add_level(&jobs, sweep, sweep->points[i].concurrency, 1);
		if (!room) {
			free(jobs.list);
			return err_nomem(err, "runs of a sweep");
		}
		rc = sweep_run_jobs(sweep, &jobs, err);
		judge_all(sweep);
	}
	return rc;
}

/* Refines around the pick. Repeats this when the new pick lies outside the refined range, since then the
 * first pick was noise. */
static int refine_until_inside(struct sweep *sweep, struct vastar_error *err)
{
	uint32_t around = 0;
	int rc = 0;

	sweep->runs_to_come = 0;
	for (unsigned turn = 0;
	     turn < REFINED_TIMES && !rc && sweep->spot.index >= 0 && !sweep_stopped(sweep); turn++) {
		uint32_t picked = sweep->points[sweep->spot.index].concurrency;

		if (turn && 2 * picked > around && 2 * picked < 3 * around)
			break;
		around = picked;
		rc = refine(sweep, around, err);
		judge_all(sweep);
		if (!rc)
			rc = settle(sweep, err);
	}
	return rc;
}

/* ---- the sweep ---- */

static int run_steps(struct sweep *sweep, struct vastar_error *err)
{
	const struct sweep_settings *settings = sweep->settings;
	struct levels levels = settings->levels;
	int rc = 0;

	if (levels.automatic)
		rc = scout(sweep, &levels, err);
	if (!rc && !sweep_stopped(sweep))
		rc = measure_levels(sweep, &levels, err);
	if (rc)
		return rc;
	judge_all(sweep);
	return settings->refine ? refine_until_inside(sweep, err) : 0;
}

int sweep_run(struct sweep *sweep, const struct sweep_settings *settings, struct vastar_error *err)
{
	int rc;

	*sweep = (struct sweep){.settings = settings,
				.paired = settings->reference.url || settings->cached,
				.random = settings->seed,
				.gates = settings->gates,
				.baseline = -1,
				.spot = {.index = -1, .peak_index = -1, .method = PICK_NONE}};
	sweep->started_at_s = (int64_t)time(NULL);
	sweep->began_ns = clock_now_ns();
	cpu_describe(&sweep->machine);
	if (settings->refine)
		sweep->runs_to_come =
		    (settings->reference.url ? 2 : 1) * (REFINED_LEVELS * settings->repeats + AGAIN);
	sweep_note_request(sweep);
	sweep_note_reference(sweep);
	sweep_warn(sweep);
	rc = run_steps(sweep, err);
	if (rc)
		return rc;
	if (sweep_stopped(sweep) && !sweep->stopped_early) {
		sweep->stopped_early = true;
		sweep_note(sweep, "interrupted: shows only what was measured until then");
	}
	sweep->spot.confidence = confidence(sweep);
	sweep_note_result(sweep);
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
