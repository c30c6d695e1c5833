/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What a sweep knows of one level of concurrency. A run at a level gives a sample: its figures, and those of
 * ten and more blocks of its time. A point sums up its samples: medians, and intervals.
 */
#ifndef VASTAR_SWEEP_POINT_H
#define VASTAR_SWEEP_POINT_H

#include <stdbool.h>
#include <stdint.h>

enum { BLOCKS_MIN = 10, BLOCKS_MAX = 2 * BLOCKS_MIN, SAMPLES_MAX = 128 };

struct figures {
	double rps;			    /* complete responses of any status a second */
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
	bool weak_p99, weak_p999; /* fewer than ten responses above it */
	bool cut;		  /* it ran into --point-max before it had what it was to have */
	bool unreachable;	  /* not one connection could be made, or all were lost on the way */
	double busy;		  /* share of a processor that the busiest worker of vastar used */
	uint32_t workers;	  /* that vastar had at the end of the run */
	double held;		  /* share of the time for which vastar was held back and the limit */
	char held_why[240];	  /* ... and what by, with the cure; "": it was not */
	char why[160];		  /* the commonest error; "": none */
	unsigned block_count;
	struct block blocks[BLOCKS_MAX];
};

struct bounds {
	double low, high; /* both 0: there is none */
};

/* One endpoint at one level. */
struct side {
	unsigned count;
	struct sample *samples; /* owned; room for SAMPLES_MAX once there is one */
	struct figures median;	/* of the samples, figure by figure */
	struct bounds rps, p99_s;
	bool from_repeats; /* the intervals come from three or more samples, else from the blocks */
	bool weak_p99, weak_p999, cut;
	double busy;	      /* the highest of the samples */
	double held;	      /* likewise */
	const char *held_why; /* of that sample; NULL: vastar was not held back */
};

struct point {
	uint32_t concurrency;
	bool baseline_only; /* measured for the baseline's sake and no candidate */
	struct side target, reference;
	double score;
	double overhead_pct, rps_deficit_pct; /* of the target over the reference; 0 without one */
	char disqualified[240];		      /* the gate and its value; "": it has passed */
	bool unjudged;			      /* a gate could not be judged for want of responses */
};

/* Whether there is a run of the target at this level. */
bool point_measured(const struct point *point);

/* Copies the sample in. False: out of memory, or full. */
bool side_add(struct side *side, const struct sample *sample);
void side_free(struct side *side);

/* Medians and intervals from the samples; all zero without any. */
void side_sum_up(struct side *side);

/* rps / (p99 / p50)^2: throughput that is paid for with a long tail counts for less. 0 without responses. */
double figures_score(const struct figures *figures);

/* Half the width of the 95 % interval of a mean of `count` values with this standard deviation, by Student's
 * t with count - 1 degrees of freedom; 0 for fewer than two. */
double interval_half_width(double stddev, unsigned count);

/* The middle value, or the mean of the two in the middle. Sorts `values`. 0 without any. */
double median_of(double *values, unsigned count);

#endif
