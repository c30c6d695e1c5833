/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/gaps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool gap_wanted(struct gap_sample *sample)
{
	if (!sample->every)
		sample->every = 1;
	return sample->seen++ % sample->every == 0;
}

static void thin_out(struct gap_sample *sample)
{
	sample->count /= 2;
	for (uint32_t i = 0; i < sample->count; i++)
		sample->shares[i] = sample->shares[2 * i];
	sample->every *= 2;
}

static void add(struct gap_sample *sample, double share)
{
	if (sample->count == GAPS_MAX)
		thin_out(sample);
	sample->shares[sample->count++] = share;
}

/* lgamma() writes to a global variable, and several worker threads may run this at once. */
static double log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

/* P(Erlang(k) <= gap) = 1 - sum over i < k of e^-gap gap^i / i!. */
static double shorter(double gap, uint32_t k)
{
	double longer = 0;

	if (!(gap > 0))
		return 0;
	for (uint32_t i = 0; i < k; i++)
		longer += exp(i * log(gap) - gap - log_gamma(i + 1.0));
	return longer < 1 ? 1 - longer : 0;
}

void gap_keep(struct gap_sample *sample, double gap, uint32_t stride)
{
	add(sample, shorter(gap, stride));
}

void gap_merge(struct gap_sample *into, const struct gap_sample *from)
{
	for (uint32_t i = 0; i < from->count; i++)
		add(into, from->shares[i]);
	into->seen += from->seen;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Keeps shares off 0 and 1, which would make the statistic infinite. */
static double inside(double share)
{
	const double least = 1e-12;

	return share < least ? least : share > 1 - least ? 1 - least : share;
}

double gap_departure(const struct gap_sample *sample)
{
	uint32_t n = sample->count;
	double shares[GAPS_MAX], sum = 0;

	if (n < GAPS_LEAST)
		return NAN;
	memcpy(shares, sample->shares, n * sizeof(*shares));
	qsort(shares, n, sizeof(*shares), by_size);
	for (uint32_t i = 0; i < n; i++)
		sum += (2 * i + 1) * (log(inside(shares[i])) + log1p(-inside(shares[n - 1 - i])));
	return -(double)n - sum / n;
}
