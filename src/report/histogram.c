/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/histogram.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* When one linear bar holds this share of the records or more, the linear bars show nothing else. */
static const double FOLDED = 0.90;
static const double SECONDS_LEAST_NS = 1e6; /* with four decimals two of them say something */

enum { DIGITS_LEAST = 4, DIGITS_MOST = 12 };

/* Sets `count` bars from min to max. */
static void edges(struct bars *bars, unsigned count, double min, double max, bool logarithmic)
{
	double low = min > 1 ? min : 1; /* 0 ns has no logarithm */

	for (unsigned i = 0; i < count; i++) {
		double part = (double)(i + 1) / count;

		bars->bars[i].from_ns = i ? bars->bars[i - 1].to_ns : min;
		bars->bars[i].to_ns = logarithmic ? low * pow(max / low, part) : min + (max - min) * part;
	}
	bars->bars[count - 1].to_ns = max; /* avoids a rounding error */
	bars->logarithmic = logarithmic;
	bars->split_percent = 0;
}

/* Each bucket goes into one bar as a whole: a bucket is at most a thousandth of its value wide. */
static void fill(struct bars *bars, const struct hist *hist)
{
	unsigned bar = 0;

	for (unsigned i = 0; i < bars->count; i++)
		bars->bars[i].count = 0;
	for (uint32_t i = hist_index(hist->min_ns); i <= hist_index(hist->max_ns); i++) {
		double middle = ((double)hist_bucket_from(i) + (double)hist_bucket_to(i)) / 2;

		while (bar + 1 < bars->count && middle >= bars->bars[bar].to_ns)
			bar++;
		bars->bars[bar].count += hist->counts[i];
	}
}

static double largest_share(const struct bars *bars, uint64_t total)
{
	uint64_t largest = 0;

	for (unsigned i = 0; i < bars->count; i++) {
		if (bars->bars[i].count > largest)
			largest = bars->bars[i].count;
	}
	return (double)largest / (double)total;
}

static double make_linear(struct bars *bars, const struct hist *hist)
{
	edges(bars, bars->count, (double)hist->min_ns, (double)hist->max_ns, false);
	fill(bars, hist);
	return largest_share(bars, hist->count);
}

static double make_logarithmic(struct bars *bars, const struct hist *hist)
{
	edges(bars, bars->count, (double)hist->min_ns, (double)hist->max_ns, true);
	fill(bars, hist);
	return largest_share(bars, hist->count);
}

/* The last bar holds the records above the percentile. */
static double make_split(struct bars *bars, const struct hist *hist, double percent)
{
	/* Starts just above the percentile's bucket, so that its records go into the bars below. */
	double at = (double)hist_bucket_to(hist_index(hist_percentile(hist, percent))) + 1;

	if (bars->count < 3 || at >= (double)hist->max_ns)
		return 1;
	edges(bars, bars->count - 1, (double)hist->min_ns, at, true);
	bars->bars[bars->count - 1].from_ns = at;
	bars->bars[bars->count - 1].to_ns = (double)hist->max_ns;
	bars->split_percent = percent;
	fill(bars, hist);
	return largest_share(bars, hist->count);
}

void bars_make(struct bars *bars, const struct hist *hist, unsigned count)
{
	static const double splits[] = {99.9, 99, 95, 90};
	uint64_t range = hist->max_ns - hist->min_ns;

	*bars = (struct bars){.count = 0};
	if (!hist->count)
		return;
	bars->count = !count ? BARS_DEFAULT : count < BARS_MAX ? count : BARS_MAX;
	if (range < bars->count)
		bars->count = range ? (unsigned)range : 1;
	bars->folded = make_linear(bars, hist);
	if (bars->count == 1 || bars->folded < FOLDED || make_logarithmic(bars, hist) < FOLDED)
		return;
	for (size_t i = 0; i < sizeof(splits) / sizeof(*splits); i++) {
		if (make_split(bars, hist, splits[i]) < FOLDED)
			return;
	}
	/* Nearly all records are alike. Logarithmic bars at least show how far the others are from them. */
	if ((double)hist->max_ns >= 2 * (double)hist->min_ns)
		make_logarithmic(bars, hist);
	else
		make_linear(bars, hist);
}

/* Do all edges look different from their neighbours with so many digits? */
static bool apart(const struct bars *bars, int digits)
{
	for (unsigned i = 1; i < bars->count; i++)
		if (!strcmp(fmt_digits(bars->bars[i - 1].from_ns * 1e-9, digits).s,
			    fmt_digits(bars->bars[i].from_ns * 1e-9, digits).s))
			return false;
	return true;
}

struct text bars_edge(const struct bars *bars, unsigned i)
{
	int digits = DIGITS_LEAST;

	while (digits < DIGITS_MOST && !apart(bars, digits))
		digits++;
	return fmt_digits(bars->bars[i].from_ns * 1e-9, digits);
}

bool bars_seconds(const struct bars *bars)
{
	for (unsigned i = 1; i < bars->count; i++)
		if (!strcmp(fmt_seconds(bars->bars[i - 1].from_ns * 1e-9).s,
			    fmt_seconds(bars->bars[i].from_ns * 1e-9).s))
			return false;
	return bars->count && bars->bars[bars->count - 1].from_ns >= SECONDS_LEAST_NS;
}
