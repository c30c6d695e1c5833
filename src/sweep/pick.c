/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "sweep/pick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

const char *const pick_names[] = {"knee", "score", "fallback", "none"};

/* ---- gates ---- */

static bool overlap(const struct bounds *a, const struct bounds *b)
{
	return a->high > 0 && b->high > 0 && a->low <= b->high && b->low <= a->high;
}

static bool fails(struct point *point, const char *gate, double value, double limit)
{
	if (value <= limit)
		return false;
	snprintf(point->disqualified, sizeof(point->disqualified), "%s %.4g above %.4g", gate, value, limit);
	return true;
}

static bool fails_ratio(struct point *point, const char *gate, double value, double limit,
			const struct ratio_rule *rule)
{
	size_t used;

	if (!fails(point, gate, value, limit))
		return false;
	used = strlen(point->disqualified);
	if (rule->growth)
		snprintf(point->disqualified + used, sizeof(point->disqualified) - used,
			 ", %.4g x the server's own %.4g", limit / rule->own, rule->own);
	return true;
}

/* Explains a level without a response. */
static void say_why_nothing(struct point *point)
{
	const struct side *side = &point->target;
	const struct sample *last = side->samples ? &side->samples[side->count - 1] : NULL;

	if (last && last->why[0])
		snprintf(point->disqualified, sizeof(point->disqualified), "zero rps: %s", last->why);
	else if (last)
		snprintf(point->disqualified, sizeof(point->disqualified), "zero rps: no response in %.3g s",
			 last->seconds);
	else
		snprintf(point->disqualified, sizeof(point->disqualified), "zero rps: no response");
}

static bool fails_against_reference(struct point *point, const struct gates *gates)
{
	const struct side *reference = &point->reference;

	if (reference->median.rps <= 0) {
		snprintf(point->disqualified, sizeof(point->disqualified), "no reference: %s",
			 reference->count ? "no response" : "not measured");
		return true;
	}
	if (!point->target.weak_p99 && !reference->weak_p99 &&
	    point->overhead_pct > gates->max_overhead_pct) {
		point->overhead_undecided = overlap(&point->target.p99_s, &reference->p99_s);
		if (!point->overhead_undecided)
			return fails(point, "overhead %", point->overhead_pct, gates->max_overhead_pct);
	}
	return fails(point, "rps deficit %", point->rps_deficit_pct, gates->max_rps_deficit_pct);
}

/* Runs the gates in this order, and names the first one that fails. */
static void run_gates(struct point *point, const struct gates *gates, const struct side *baseline,
		      bool paired)
{
	const struct side *side = &point->target;
	const struct figures *f = &side->median;

	if (!point_measured(point)) {
		snprintf(point->disqualified, sizeof(point->disqualified), "not measured");
		return;
	}
	if (f->rps <= 0 || f->p50_s <= 0) {
		say_why_nothing(point);
		return;
	}
	if (fails(point, "error rate", f->error_rate, gates->max_errors))
		return;
	if (!side->weak_p99 &&
	    fails_ratio(point, "spread p99/p50", f->p99_s / f->p50_s, gates->max_spread, &gates->spread))
		return;
	if (!side->weak_p999 &&
	    fails_ratio(point, "p99.9/p50", f->p999_s / f->p50_s, gates->max_p999_ratio, &gates->p999))
		return;
	if (paired && fails_against_reference(point, gates))
		return;
	if (!side->weak_p99 && baseline && baseline->median.p99_s > 0)
		fails(point, "tail multiple p99/baseline", f->p99_s / baseline->median.p99_s,
		      gates->max_tail_mult);
}

void point_judge(struct point *point, const struct gates *gates, const struct side *baseline, bool paired)
{
	const struct figures *target = &point->target.median, *reference = &point->reference.median;
	bool no_baseline = !baseline || baseline->median.p99_s <= 0;

	/* The file may lack the baseline's level. That level is no candidate anyway. */
	if (point->baseline_only && reference->rps <= 0)
		paired = false;
	point->score = figures_score(target);
	point->overhead_pct =
	    paired && reference->p99_s > 0 ? 100 * (target->p99_s / reference->p99_s - 1) : 0;
	point->rps_deficit_pct = paired && reference->rps > 0 ? 100 * (1 - target->rps / reference->rps) : 0;
	point->unjudged = target->rps > 0 && (point->target.weak_p99 || point->target.weak_p999 ||
					      no_baseline || (paired && point->reference.weak_p99));
	point->disqualified[0] = '\0';
	point->overhead_undecided = false;
	run_gates(point, gates, baseline, paired);
	point->unjudged |= point->overhead_undecided;
}

/* ---- the pick ---- */

/* What a pick looks at: figures of the point itself, or of a resample. */
struct candidate {
	double rps, score, overhead_pct;
	bool passed, answered, compared; /* compared: there is a reference to compare with */
};

static struct candidate as_measured(const struct point *point)
{
	return (struct candidate){
	    .rps = point->target.median.rps,
	    .score = point->score,
	    .overhead_pct = point->overhead_pct,
	    .passed = !point->disqualified[0] && !point->baseline_only,
	    .answered = point->target.median.rps > 0 && !point->baseline_only,
	    .compared = point->reference.median.rps > 0,
	};
}

static int highest_rate(const struct candidate *candidates, unsigned count, bool passed_only)
{
	int best = -1;

	for (unsigned i = 0; i < count; i++)
		if ((passed_only ? candidates[i].passed : candidates[i].answered) &&
		    (best < 0 || candidates[i].rps > candidates[best].rps))
			best = (int)i;
	return best;
}

static int knee_of(const struct candidate *candidates, unsigned count, double enough, bool passed_only)
{
	for (unsigned i = 0; i < count; i++)
		if ((passed_only ? candidates[i].passed : candidates[i].answered) &&
		    candidates[i].rps >= enough)
			return (int)i;
	return -1;
}

static int highest_score(const struct candidate *candidates, unsigned count)
{
	int best = -1;

	for (unsigned i = 0; i < count; i++)
		if (candidates[i].passed && (best < 0 || candidates[i].score > candidates[best].score))
			best = (int)i;
	return best;
}

static int smallest_overhead(const struct candidate *candidates, unsigned count)
{
	int best = -1;

	for (unsigned i = 0; i < count; i++)
		if (candidates[i].answered && candidates[i].compared &&
		    (best < 0 || candidates[i].overhead_pct < candidates[best].overhead_pct))
			best = (int)i;
	return best;
}

static struct sweet_spot pick_from(const struct candidate *candidates, unsigned count,
				   enum pick_method wanted, double knee_ratio, bool paired)
{
	struct sweet_spot spot = {.index = -1, .method = PICK_NONE};

	spot.peak_index = highest_rate(candidates, count, true);
	if (spot.peak_index >= 0) {
		spot.peak_rps = candidates[spot.peak_index].rps;
		spot.method = wanted;
		spot.index = wanted == PICK_SCORE
				 ? highest_score(candidates, count)
				 : knee_of(candidates, count, knee_ratio * spot.peak_rps, true);
		return spot;
	}
	spot.peak_index = highest_rate(candidates, count, false);
	if (spot.peak_index < 0)
		return spot;
	spot.peak_rps = candidates[spot.peak_index].rps;
	spot.method = PICK_FALLBACK;
	spot.index = paired ? smallest_overhead(candidates, count) : -1;
	if (spot.index < 0)
		spot.index = knee_of(candidates, count, knee_ratio * spot.peak_rps, false);
	return spot;
}

struct sweet_spot pick(const struct point *points, unsigned count, enum pick_method wanted, double knee_ratio,
		       bool paired)
{
	struct candidate *candidates = calloc(count ? count : 1, sizeof(*candidates));
	struct sweet_spot spot = {.index = -1, .peak_index = -1, .method = PICK_NONE};

	if (!candidates)
		return spot;
	for (unsigned i = 0; i < count; i++)
		candidates[i] = as_measured(&points[i]);
	spot = pick_from(candidates, count, wanted, knee_ratio, paired);
	free(candidates);
	return spot;
}

bool pick_is_rival(const struct point *points, unsigned i, const struct sweet_spot *spot, double knee_ratio)
{
	return spot->method == PICK_KNEE && (int)i < spot->index && !points[i].disqualified[0] &&
	       !points[i].baseline_only && points[i].target.rps.high >= knee_ratio * spot->peak_rps;
}

/* ---- confidence ---- */

static double spread_of(double p50_s, double p99_s)
{
	return p50_s > 0 ? p99_s / p50_s : 0;
}

/* The median of as many repeats as the side has, each drawn from all of them. */
static void draw_repeats(const struct side *side, uint64_t *random, double *rps, double *spread)
{
	double rates[SAMPLES_MAX], spreads[SAMPLES_MAX];

	for (unsigned i = 0; i < side->count; i++) {
		const struct figures *f = &side->samples[random_below(random, side->count)].figures;

		rates[i] = f->rps;
		spreads[i] = spread_of(f->p50_s, f->p99_s);
	}
	*rps = median_of(rates, side->count);
	*spread = median_of(spreads, side->count);
}

/* The mean of as many blocks as the side has, each drawn from all of them. */
static void draw_blocks(const struct side *side, uint64_t *random, double *rps, double *spread)
{
	double rps_sum = 0, spread_sum = 0;
	unsigned count = 0, answered = 0;

	for (unsigned s = 0; s < side->count; s++) {
		for (unsigned turn = 0; turn < side->samples[s].block_count; turn++) {
			const struct sample *sample = &side->samples[random_below(random, side->count)];
			const struct block *block;

			if (!sample->block_count)
				continue;
			block = &sample->blocks[random_below(random, sample->block_count)];
			rps_sum += block->rps;
			spread_sum += spread_of(block->p50_s, block->p99_s);
			count++;
			answered += block->p50_s > 0;
		}
	}
	*rps = count ? rps_sum / count : side->median.rps;
	*spread = answered ? spread_sum / answered : spread_of(side->median.p50_s, side->median.p99_s);
}

double pick_confidence(const struct point *points, unsigned count, enum pick_method wanted, double knee_ratio,
		       bool paired, const struct sweet_spot *spot, unsigned draws, uint64_t seed)
{
	struct candidate *candidates = calloc(count ? count : 1, sizeof(*candidates));
	unsigned same = 0;

	for (unsigned turn = 0; candidates && turn < draws; turn++) {
		for (unsigned i = 0; i < count; i++) {
			double spread;

			candidates[i] = as_measured(&points[i]);
			if (!candidates[i].answered)
				continue;
			if (points[i].target.from_repeats)
				draw_repeats(&points[i].target, &seed, &candidates[i].rps, &spread);
			else
				draw_blocks(&points[i].target, &seed, &candidates[i].rps, &spread);
			candidates[i].score = spread > 0 ? candidates[i].rps / (spread * spread) : 0;
		}
		same += pick_from(candidates, count, wanted, knee_ratio, paired).index == spot->index;
	}
	free(candidates);
	return draws ? (double)same / draws : 0;
}
