/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What a sweep knows about one level of concurrency. A run at a level gives a sample: its figures, and
 * those of ten or more blocks of its time. A point sums up its samples into medians and intervals.
 */
#ifndef VASTAR_SWEEP_POINT_H
#define VASTAR_SWEEP_POINT_H

#include <stdbool.h>
#include <stdint.h>

enum { BLOCKS_MIN = 10, BLOCKS_MAX = 2 * BLOCKS_MIN, SAMPLES_MAX = 128 };

struct figures {
	double rps;			    /* complete responses of any status, per second */
	double p50_s, p95_s, p99_s, p999_s; /* 0 without a response */
	double mean_s;
	/* requests without a response and responses other than 2xx, as a share of all requests */
	double error_rate;
};

struct block {
	double rps, p50_s, p99_s; /* percentiles are 0 in a block without a response */
};

struct sample {
	struct figures figures;
	uint64_t responses, errors, non_2xx;
	double seconds;
	bool weak_p99, weak_p999; /* fewer than ten responses lie above it */
	bool cut;		  /* it reached --point-max before it had enough data */
	bool unreachable;	  /* no connection succeeded, or all were lost on the way */
	double busy;		  /* share of a processor that vastar's busiest worker used */
	uint32_t workers;	  /* of vastar, at the end of the run */
	double held;		  /* share of the time in which vastar was held back, when that limited it */
	char held_why[240];	  /* ... by what, and the cure; "": it was not held back */
	char why[160];		  /* the most common error; "": none */
	unsigned block_count;
	struct block blocks[BLOCKS_MAX];
};

struct bounds {
	double low, high; /* both 0: no interval */
};

/* One endpoint at one level. */
struct side {
	unsigned count;
	struct sample *samples; /* owned; has room for SAMPLES_MAX once there is one */
	struct figures median;	/* of the samples, figure by figure */
	struct bounds rps, p99_s;
	bool from_repeats; /* intervals from three or more samples, else from the blocks */
	bool weak_p99, weak_p999, cut;
	double busy;	      /* the highest of the samples */
	double held;	      /* likewise */
	const char *held_why; /* of that sample; NULL: vastar was not held back */
};

struct point {
	uint32_t concurrency;
	bool baseline_only; /* measured for the baseline only, not a candidate */
	struct side target, reference;
	double score;
	double overhead_pct, rps_deficit_pct; /* target compared with the reference; 0 without one */
	char disqualified[240];		      /* the gate that failed and its value; "": passed */
	bool unjudged;			      /* a gate did not judge */
	bool overhead_undecided;	      /* ... the overhead: the intervals of both p99 overlap */
};

/* There is a run of the target at this level. */
bool point_measured(const struct point *point);

/* Adds a copy of the sample. False: out of memory, or full. */
bool side_add(struct side *side, const struct sample *sample);
void side_free(struct side *side);

/* Computes medians and intervals from the samples; all zero without any. */
void side_sum_up(struct side *side);

/* rps / (p99 / p50)^2: throughput at the price of a long tail counts for less. 0 without responses. */
double figures_score(const struct figures *figures);

/* Half the width of the 95 % interval of a mean of `count` values with this standard deviation, from
 * Student's t with count - 1 degrees of freedom. 0 for fewer than two values. */
double interval_half_width(double stddev, unsigned count);

/* The middle value, or the mean of the two in the middle. Sorts `values`. 0 without any. */
double median_of(double *values, unsigned count);

#endif
