/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "sweep/point.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

bool point_measured(const struct point *point)
{
	return point->target.count > 0;
}

bool side_add(struct side *side, const struct sample *sample)
{
	if (!side->samples)
		side->samples = calloc(SAMPLES_MAX, sizeof(*side->samples));
	if (!side->samples || side->count == SAMPLES_MAX)
		return false;
	side->samples[side->count++] = *sample;
	return true;
}

void side_free(struct side *side)
{
	free(side->samples);
	*side = (struct side){0};
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median_of(double *values, unsigned count)
{
	if (!count)
		return 0;
	qsort(values, count, sizeof(*values), by_value);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static double median_figure(const struct side *side, size_t offset)
{
	double values[SAMPLES_MAX];

	for (unsigned i = 0; i < side->count; i++)
		values[i] = *(const double *)((const char *)&side->samples[i].figures + offset);
	return median_of(values, side->count);
}

double interval_half_width(double stddev, unsigned count)
{
	/* The 97.5 % quantiles of Student's t for 1, 2, ... degrees of freedom. */
	static const double quantiles[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365,
					   2.306,  2.262, 2.228, 2.201, 2.179, 2.160, 2.145,
					   2.131,  2.120, 2.110, 2.101, 2.093, 2.086};
	enum { QUANTILES = sizeof(quantiles) / sizeof(quantiles[0]) };

	if (count < 2)
		return 0;
	return (count - 2 < QUANTILES ? quantiles[count - 2] : 2.0) * stddev / sqrt(count);
}

static struct bounds around(double centre, const double *values, unsigned count)
{
	double sum = 0, squares = 0, half;

	if (count < 2)
		return (struct bounds){0, 0};
	for (unsigned i = 0; i < count; i++)
		sum += values[i];
	for (unsigned i = 0; i < count; i++)
		squares += (values[i] - sum / count) * (values[i] - sum / count);
	half = interval_half_width(sqrt(squares / (count - 1)), count);
	return (struct bounds){centre > half ? centre - half : 0, centre + half};
}

static struct bounds bounds_of_repeats(const struct side *side, size_t offset, double centre)
{
	double values[SAMPLES_MAX];

	for (unsigned i = 0; i < side->count; i++)
		values[i] = *(const double *)((const char *)&side->samples[i].figures + offset);
	return around(centre, values, side->count);
}

/* A block without a response has a rate, but no percentile. */
static void add_block_intervals(struct side *side)
{
	enum { VALUES_MAX = 2 * BLOCKS_MAX };
	double rps[VALUES_MAX], p99[VALUES_MAX];
	unsigned rates = 0, percentiles = 0;

	for (unsigned i = 0; i < side->count; i++) {
		const struct sample *sample = &side->samples[i];

		for (unsigned b = 0; b < sample->block_count && rates < VALUES_MAX; b++) {
			rps[rates++] = sample->blocks[b].rps;
			if (sample->blocks[b].p99_s > 0)
				p99[percentiles++] = sample->blocks[b].p99_s;
		}
	}
	side->rps = around(side->median.rps, rps, rates);
	side->p99_s = around(side->median.p99_s, p99, percentiles);
}

static void add_intervals(struct side *side)
{
	side->from_repeats = side->count >= 3;
	if (!side->from_repeats) {
		add_block_intervals(side);
		return;
	}
	side->rps = bounds_of_repeats(side, offsetof(struct figures, rps), side->median.rps);
	side->p99_s = bounds_of_repeats(side, offsetof(struct figures, p99_s), side->median.p99_s);
}

void side_sum_up(struct side *side)
{
	side->median = (struct figures){
	    .rps = median_figure(side, offsetof(struct figures, rps)),
	    .p50_s = median_figure(side, offsetof(struct figures, p50_s)),
	    .p95_s = median_figure(side, offsetof(struct figures, p95_s)),
	    .p99_s = median_figure(side, offsetof(struct figures, p99_s)),
	    .p999_s = median_figure(side, offsetof(struct figures, p999_s)),
	    .mean_s = median_figure(side, offsetof(struct figures, mean_s)),
	    .error_rate = median_figure(side, offsetof(struct figures, error_rate)),
	};
	side->weak_p99 = side->weak_p999 = side->cut = false;
	side->busy = side->held = 0;
	side->held_why = NULL;
	for (unsigned i = 0; i < side->count; i++) {
		side->weak_p99 |= side->samples[i].weak_p99;
		side->weak_p999 |= side->samples[i].weak_p999;
		side->cut |= side->samples[i].cut;
		if (side->samples[i].busy > side->busy)
			side->busy = side->samples[i].busy;
		if (*side->samples[i].held_why && side->samples[i].held >= side->held) {
			side->held = side->samples[i].held;
			side->held_why = side->samples[i].held_why;
		}
	}
	add_intervals(side);
}

double figures_score(const struct figures *figures)
{
	double spread = figures->p50_s > 0 ? figures->p99_s / figures->p50_s : 0;

	return spread > 0 ? figures->rps / (spread * spread) : 0;
}
