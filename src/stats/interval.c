/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/interval.h"

#include <stdlib.h>

#include "base/pages.h"

_Static_assert(HIST_BUCKETS % INTERVAL_JOINED == 0, "the last bucket must be whole");

struct interval_series *interval_series_new(void)
{
	struct interval_series *series = pages_new(sizeof(*series));

	if (!series)
		return NULL;
	series->each = 1;
	hist_init(&series->latency);
	hist_init(&series->before);
	return series;
}

void interval_series_free(struct interval_series *series)
{
	pages_free(series, sizeof(*series));
}

uint64_t interval_bucket_from(uint32_t i)
{
	return hist_bucket_from(i * INTERVAL_JOINED);
}

uint64_t interval_bucket_to(uint32_t i)
{
	return hist_bucket_to((i + 1) * INTERVAL_JOINED - 1);
}

/* ---- rows ---- */

static void count_up(uint32_t *word, uint64_t by)
{
	*word = by < UINT32_MAX - *word ? *word + (uint32_t)by : UINT32_MAX;
}

static void row_record(struct interval_row *row, const struct hist *latency)
{
	if (!latency->count)
		return;
	for (uint32_t i = hist_index(latency->min_ns); i <= hist_index(latency->max_ns); i++)
		if (latency->counts[i])
			count_up(&row->latency.counts[i / INTERVAL_JOINED], latency->counts[i]);
}

static uint64_t row_percentile(const struct interval_row *row, double percent)
{
	uint64_t count = 0, below = 0, rank;

	for (uint32_t i = 0; i < INTERVAL_BUCKETS; i++)
		count += row->latency.counts[i];
	rank = hist_rank_of(count, percent);
	for (uint32_t i = 0; count && i < INTERVAL_BUCKETS; i++) {
		below += row->latency.counts[i];
		if (below >= rank) {
			uint64_t to = interval_bucket_to(i);

			return to < row->interval.max_ns ? to : row->interval.max_ns;
		}
	}
	return 0;
}

/* `from` follows `into` in time. */
static void row_join(struct interval_row *into, const struct interval_row *from)
{
	struct interval *a = &into->interval;
	const struct interval *b = &from->interval;
	bool both = a->responses && b->responses;

	a->length_ns += b->length_ns;
	a->responses += b->responses;
	a->errors += b->errors;
	a->open_connections = b->open_connections;
	if (b->max_ns > a->max_ns)
		a->max_ns = b->max_ns;
	for (uint32_t i = 0; i < INTERVAL_BUCKETS; i++)
		if (from->latency.counts[i])
			count_up(&into->latency.counts[i], from->latency.counts[i]);
	if (both) {
		a->p50_ns = row_percentile(into, 50);
		a->p99_ns = row_percentile(into, 99);
	} else if (b->responses) {
		a->p50_ns = b->p50_ns;
		a->p99_ns = b->p99_ns;
	}
}

static void join_neighbours(struct interval_series *series)
{
	for (uint32_t i = 0; i < INTERVALS_MAX / 2; i++) {
		if (i)
			series->rows[i] = series->rows[2 * i];
		row_join(&series->rows[i], &series->rows[2 * i + 1]);
	}
	series->count = INTERVALS_MAX / 2;
	series->each *= 2;
	series->in_last = series->each;
}

static struct interval_row *row_begin(struct interval_series *series)
{
	if (series->count == INTERVALS_MAX)
		join_neighbours(series);
	series->in_last = 0;
	return &series->rows[series->count++];
}

/* ---- the series ---- */

/* Leaves in series->latency what was recorded since the previous addition. */
static void take_difference(struct interval_series *series)
{
	hist_subtract(&series->latency, &series->before);
	hist_merge(&series->before, &series->latency);
}

void interval_series_add(struct interval_series *series, const struct interval_totals *totals)
{
	const struct hist *latency = &series->latency;
	uint64_t start_ns = series->then.elapsed_ns;
	bool later = totals->elapsed_ns > start_ns;
	struct interval_row one = {.interval = {.start_ns = start_ns,
						.length_ns = later ? totals->elapsed_ns - start_ns : 0,
						.errors = totals->errors - series->then.errors,
						.open_connections = totals->open_connections}};

	take_difference(series);
	if (!later && !latency->count && !one.interval.errors)
		return;
	one.interval.responses = latency->count;
	one.interval.p50_ns = hist_percentile(latency, 50);
	one.interval.p99_ns = hist_percentile(latency, 99);
	one.interval.max_ns = latency->count ? latency->max_ns : 0;
	row_record(&one, latency);
	if (series->count && (!later || series->in_last < series->each))
		row_join(&series->rows[series->count - 1], &one);
	else
		*row_begin(series) = one;
	series->in_last += later;
	series->recent[series->added++ % INTERVALS_RECENT] = one.interval;
	series->then = *totals;
	if (!later)
		series->then.elapsed_ns = start_ns;
}

struct interval *interval_series_copy(const struct interval_series *series, uint32_t *countp)
{
	struct interval *copy = series->count ? malloc(series->count * sizeof(*copy)) : NULL;

	*countp = series->count;
	for (uint32_t i = 0; copy && i < series->count; i++)
		copy[i] = series->rows[i].interval;
	return copy;
}

struct interval_counts *interval_series_counts(const struct interval_series *series)
{
	struct interval_counts *copy = series->count ? malloc(series->count * sizeof(*copy)) : NULL;

	for (uint32_t i = 0; copy && i < series->count; i++)
		copy[i] = series->rows[i].latency;
	return copy;
}
