/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Curves of a histogram, for the pages of one run and of two. */
#ifndef VASTAR_REPORT_HTML_CURVE_H
#define VASTAR_REPORT_HTML_CURVE_H

#include "report/html/plot.h"
#include "stats/hist.h"

/* Seconds over 1 / (1 - q), in steps: each response takes up the range between the shares below and above
 * it. Nothing without a response. */
void curve_of_percentiles(struct plot *plot, const char *class, const struct hist *hist);

/* The share of the responses in each bin; bins are CURVE_BINS to a power of two. */
enum { CURVE_BINS = 4 };
void curve_of_shares(struct plot *plot, const char *class, const struct hist *hist);
/* The largest share of a bin. */
double curve_highest_share(const struct hist *hist);

#endif
