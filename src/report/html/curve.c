/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/html/curve.h"

#include <math.h>

#include "base/clock.h"

void curve_of_percentiles(struct plot *plot, const char *class, const struct hist *hist)
{
	double total = (double)hist->count, below = 0;

	if (!hist->count)
		return;
	path_begin(plot, class);
	for (uint32_t i = hist_index(hist->min_ns); i <= hist_index(hist->max_ns); i++) {
		uint64_t top = hist_bucket_to(i) < hist->max_ns ? hist_bucket_to(i) : hist->max_ns;

		if (!hist->counts[i])
			continue;
		path_to(plot, total / (total - below), ns_to_s(top));
		below += (double)hist->counts[i];
		path_to(plot, below < total ? total / (total - below) : plot->x.high, ns_to_s(top));
	}
	path_end(plot);
}

/* ---- shares ---- */

static int bin_of(uint32_t index)
{
	double from = (double)hist_bucket_from(index), to = (double)hist_bucket_to(index);

	return (int)floor(CURVE_BINS * log2(fmax((from + to) / 2, 1)));
}

/* The count of the bin at *index, which moves on to the next bucket that is not empty. */
static uint64_t take_bin(const struct hist *hist, uint32_t *index, int *bin)
{
	uint64_t count = 0;
	uint32_t last = hist_index(hist->max_ns);

	while (*index <= last && !hist->counts[*index])
		++*index;
	if (*index > last)
		return 0;
	*bin = bin_of(*index);
	for (; *index <= last && bin_of(*index) == *bin; ++*index)
		count += hist->counts[*index];
	return count;
}

static double bin_s(int bin)
{
	return 1e-9 * exp2((double)bin / CURVE_BINS);
}

double curve_highest_share(const struct hist *hist)
{
	uint32_t index = hist->count ? hist_index(hist->min_ns) : 0;
	uint64_t highest = 0, count;
	int bin;

	while (hist->count && (count = take_bin(hist, &index, &bin)))
		highest = count > highest ? count : highest;
	return hist->count ? (double)highest / (double)hist->count : 0;
}

void curve_of_shares(struct plot *plot, const char *class, const struct hist *hist)
{
	uint32_t index = hist->count ? hist_index(hist->min_ns) : 0;
	uint64_t count;
	int bin, after = 0;
	bool any = false;

	if (!hist->count)
		return;
	path_begin(plot, class);
	while ((count = take_bin(hist, &index, &bin))) {
		double share = (double)count / (double)hist->count;

		if (any && bin > after)
			path_to(plot, bin_s(after), 0);
		if (!any || bin > after)
			path_to(plot, bin_s(bin), 0);
		path_to(plot, bin_s(bin), share);
		path_to(plot, bin_s(bin + 1), share);
		after = bin + 1;
		any = true;
	}
	path_to(plot, bin_s(after), 0);
	path_end(plot);
}
