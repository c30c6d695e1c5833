/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How the figures of two results differ, and whether the difference is more than noise.
 *
 * Two runs against the same server differ too, and by more than the responses within one run show. So each
 * side is judged by the figures of whole runs (--repeats), at least CHANGE_RUNS_LEAST of them. The change
 * is the ratio of the geometric means. Its 99.9 % interval is Welch's t interval of the difference of the
 * mean logarithms (the ratio of two log-normal means), widened by one histogram bucket for percentiles.
 * When a value is zero, and for the share of errors, which has a scale of its own, the plain means are
 * compared.
 */
#ifndef VASTAR_REPORT_SAVED_CHANGE_H
#define VASTAR_REPORT_SAVED_CHANGE_H

#include <stddef.h>

#include "base/err.h"
#include "stats/repeats.h"

enum { CHANGE_RUNS_LEAST = 5 };

#define CHANGE_CONFIDENCE 0.999

enum {
	FIGURE_RPS,
	FIGURE_GOODPUT,
	FIGURE_P50,
	FIGURE_P90,
	FIGURE_P99,
	FIGURE_P999,
	FIGURE_ERRORS,
	FIGURE_CPU,
	FIGURES
};

enum unit { UNIT_PER_SECOND, UNIT_TIME, UNIT_SHARE, UNIT_PROCESSORS };

extern const struct figure {
	const char *name; /* as in --max-regression and in the JSON */
	size_t offset;	  /* in struct repeat */
	enum unit unit;	  /* UNIT_SHARE: the change is a difference; others: a ratio minus 1 */
	bool more_is_better;
} figures[FIGURES];

enum change_verdict { CHANGE_UNKNOWN, CHANGE_NOISE, CHANGE_BETTER, CHANGE_WORSE };

extern const char *const change_verdict_names[]; /* "unknown", "noise", "better", "worse" */

struct change {
	double base, next; /* means; NAN: none */
	double value;	   /* 0.1: ten percent more, or ten percentage points; NAN: none */
	double low, high;  /* NAN: not judged */
	enum change_verdict verdict;
};

/* The change of one figure, over the runs of both sides. It is worse when every run of the base has a
 * percentile and a run of the other side lacks it because too few requests got a response. False: out of
 * memory. */
bool change_of(const struct figure *figure, const struct repeats *base, const struct repeats *next,
	       struct change *changep);

/* The allowed regression of each figure; NAN: no limit. */
struct limits {
	bool any;
	double most[FIGURES]; /* 0.1: ten percent, or percentage points */
};

/* Reads "p99=10%,rps=5%"; NULL: no limits. VASTAR_E_USAGE with a message for unknown or repeated figures
 * and for anything that is not a percentage. */
int limits_parse(struct limits *limits, const char *list, struct vastar_error *err);

/* True when the whole interval is beyond the limit. */
bool change_beyond(const struct figure *figure, const struct change *change, double limit);

#endif
