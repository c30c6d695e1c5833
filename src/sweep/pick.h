/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which points are healthy, and which of those is the sweet spot: functions of figures alone. */
#ifndef VASTAR_SWEEP_PICK_H
#define VASTAR_SWEEP_PICK_H

#include "sweep/point.h"

enum pick_method { PICK_KNEE, PICK_SCORE, PICK_FALLBACK, PICK_NONE };

extern const char *const pick_names[]; /* "knee", "score", "fallback", "none" */

struct gates {
	double max_errors;	    /* error rate, as a fraction */
	double max_spread;	    /* p99 / p50 */
	double max_p999_ratio;	    /* p99.9 / p50 */
	double max_overhead_pct;    /* paired: of p99 over the reference's */
	double max_rps_deficit_pct; /* paired */
	double max_tail_mult;	    /* p99 / the baseline's p99 */
};

/* Fills in score, overhead, deficit, disqualified and unjudged of a point that is summed up. `baseline`: NULL
 * when nothing could be measured there: then the tail gate does not judge. A gate whose percentile, of the
 * target or of the reference, rests on fewer than ten responses does not judge either. A level that was never
 * measured has not passed, nor has one without a reference in paired mode. */
void point_judge(struct point *point, const struct gates *gates, const struct side *baseline, bool paired);

struct sweet_spot {
	int index; /* of the point; -1: none */
	enum pick_method method;
	double peak_rps; /* of the points that have passed; of all when none has */
	int peak_index;
	double confidence; /* the share of resamples that pick the same point */
};

/*
 * PICK_KNEE: the smallest level that reaches knee_ratio of the peak rate of the points that have passed.
 * PICK_SCORE: the one of the highest score. When none has passed: the smallest overhead in paired mode, else
 * the highest rate, as PICK_FALLBACK. When nothing answered anywhere: PICK_NONE. `points` are in rising
 * order.
 */
struct sweet_spot pick(const struct point *points, unsigned count, enum pick_method wanted, double knee_ratio,
		       bool paired);

/* Whether the level at index `i` has passed, lies below a knee, and may be one itself: its interval of rps
 * holds knee_ratio of the peak. */
bool pick_is_rival(const struct point *points, unsigned i, const struct sweet_spot *spot, double knee_ratio);

/* How sure the pick is of the noise of the measurement: draws each point's repeats (three or more) or else
 * its blocks again, with replacement, `draws` times, and returns the share of draws that lead to the same
 * point (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 6). What has passed the
 * gates stays fixed. */
double pick_confidence(const struct point *points, unsigned count, enum pick_method wanted, double knee_ratio,
		       bool paired, const struct sweet_spot *spot, unsigned draws, uint64_t seed);

#endif
