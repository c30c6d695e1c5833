/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which points are healthy, and which of them is the sweet spot. These are functions of the figures alone. */
#ifndef VASTAR_SWEEP_PICK_H
#define VASTAR_SWEEP_PICK_H

#include "sweep/point.h"

enum pick_method { PICK_KNEE, PICK_SCORE, PICK_FALLBACK, PICK_NONE };

extern const char *const pick_names[]; /* "knee", "score", "fallback", "none" */

/* How a gate on a ratio of percentiles judges (sweep/rules.h). */
struct ratio_rule {
	bool by_hand;	/* the limit was given on the command line, and stays */
	bool growth;	/* the limit is a multiple of the server's own ratio */
	bool above;	/* the server's own ratio exceeds the limit as given */
	double own;	/* the server's own ratio, without load; 0: unknown */
	uint32_t own_c; /* the level at which it was measured */
};

struct gates {
	double max_errors;	    /* error rate, as a fraction */
	double max_spread;	    /* p99 / p50 */
	double max_p999_ratio;	    /* p99.9 / p50 */
	double max_overhead_pct;    /* paired: p99, in percent above the reference's */
	double max_rps_deficit_pct; /* paired */
	double max_tail_mult;	    /* p99 / the baseline's p99 */
	struct ratio_rule spread, p999;
};

/* Fills in score, overhead, deficit, disqualified and unjudged of a point that is summed up. `baseline` is
 * NULL when nothing could be measured there; then the tail gate is skipped. A gate is also skipped when
 * its percentile, of the target or of the reference, rests on fewer than ten responses. An overhead above
 * its limit is not decided when the intervals of both p99 overlap. A level that was never measured
 * does not pass. In paired mode, neither does one without a reference. */
void point_judge(struct point *point, const struct gates *gates, const struct side *baseline, bool paired);

struct sweet_spot {
	int index; /* of the point; -1: none */
	enum pick_method method;
	double peak_rps; /* of the points that passed; of all points when none did */
	int peak_index;
	double confidence; /* share of resamples that pick the same point */
};

/*
 * PICK_KNEE: the smallest level that reaches knee_ratio of the peak rate among the points that passed.
 * PICK_SCORE: the level with the highest score. When none passed, PICK_FALLBACK: the smallest overhead in
 * paired mode, else the smallest level that reaches knee_ratio of the highest rate. When no level
 * got a response: PICK_NONE. `points` are in rising order.
 */
struct sweet_spot pick(const struct point *points, unsigned count, enum pick_method wanted, double knee_ratio,
		       bool paired);

/* True when the level at index `i` passed, lies below a knee, and may itself be the knee: its interval of
 * rps includes knee_ratio of the peak. */
bool pick_is_rival(const struct point *points, unsigned i, const struct sweet_spot *spot, double knee_ratio);

/* How sure the pick is in view of the measurement noise. Resamples each point's repeats (if three or more)
 * or else its blocks, with replacement, `draws` times. Returns the share of draws that pick the same point
 * (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 6). Which points passed the
 * gates does not change. */
double pick_confidence(const struct point *points, unsigned count, enum pick_method wanted, double knee_ratio,
		       bool paired, const struct sweet_spot *spot, unsigned draws, uint64_t seed);

#endif
