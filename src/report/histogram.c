/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/histogram.h"

#include <math.h>

/* Linear bars that hold this share of the records in one show nothing but that. */
static const double FOLDED = 0.90;

static void edges(struct bars *bars, double min, double max, bool logarithmic)
{
	double low = min > 1 ? min : 1; /* 0 ns has no logarithm */

	for (unsigned i = 0; i < bars->count; i++) {
		double part = (double)(i + 1) / bars->count;

		bars->bars[i].from_ns = i ? bars->bars[i - 1].to_ns : min;
		bars->bars[i].to_ns = logarithmic ? low * pow(max / low, part) : min + (max - min) * part;
		bars->bars[i].count = 0;
	}
	bars->bars[bars->count - 1].to_ns = max; /* without a rounding error */
	bars->logarithmic = logarithmic;
}

/* A bucket belongs to one bar as a whole: it is at most a thousandth of its value wide. */
static void fill(struct bars *bars, const struct hist *hist)
{
	unsigned bar = 0;

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

void bars_make(struct bars *bars, const struct hist *hist, unsigned count)
{
	double min = (double)hist->min_ns, max = (double)hist->max_ns;

	bars->count = 0;
	bars->logarithmic = false;
	bars->folded = 0;
	if (!hist->count)
		return;
	bars->count = !count ? BARS_DEFAULT : count < BARS_MAX ? count : BARS_MAX;
	if (hist->max_ns - hist->min_ns < bars->count)
		bars->count = hist->max_ns > hist->min_ns ? (unsigned)(hist->max_ns - hist->min_ns) : 1;
	edges(bars, min, max, false);
	fill(bars, hist);
	bars->folded = largest_share(bars, hist->count);
	if (bars->count == 1 || bars->folded < FOLDED)
		return;
	edges(bars, min, max, true);
	fill(bars, hist);
	if (largest_share(bars, hist->count) < bars->folded)
		return;
	edges(bars, min, max, false); /* a narrow range: no better */
	fill(bars, hist);
}
