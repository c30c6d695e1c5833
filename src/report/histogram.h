/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Reduces the full histogram to a few bars. */
#ifndef VASTAR_REPORT_HISTOGRAM_H
#define VASTAR_REPORT_HISTOGRAM_H

#include <stdbool.h>

#include "report/format.h"
#include "stats/hist.h"

enum { BARS_DEFAULT = 11, BARS_MAX = 200 };

struct bar {
	double from_ns, to_ns;
	uint64_t count;
};

struct bars {
	bool logarithmic;     /* each bar is wider than the one before by the same factor */
	double split_percent; /* 0, or the percentile above which the last bar holds all records */
	double folded;	      /* share of the records in the largest linear bar */
	unsigned count;	      /* 0 when the histogram is empty */
	struct bar bars[BARS_MAX];
};

/* Spreads the records over `count` bars (0: BARS_DEFAULT) from the minimum to the maximum. The counts of
 * the bars add up to the number of records. The bars are equally wide, unless one of them would hold
 * nearly all records. Then they are logarithmic. Where even that puts nearly all records into one bar, the
 * last bar takes the few outliers and the others divide the rest. There are fewer bars when the range
 * holds fewer nanoseconds. */
void bars_make(struct bars *bars, const struct hist *hist, unsigned count);

/* The lower edge of a bar in the unit that fits, with four digits, or as many as all bars need to differ. */
struct text bars_edge(const struct bars *bars, unsigned i);

/* Do seconds with four decimals tell the edges apart? */
bool bars_seconds(const struct bars *bars);

#endif
