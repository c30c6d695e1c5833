/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The full histogram in a handful of bars. */
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
	bool logarithmic;     /* each bar is so many times as wide as the one before */
	double split_percent; /* 0, or the percentile at which the last bar starts, whatever lies above */
	double folded;	      /* share of the records in the largest of linear bars */
	unsigned count;	      /* 0 when the histogram is empty */
	struct bar bars[BARS_MAX];
};

/* Spreads the records over `count` bars (0: BARS_DEFAULT) from the minimum to the maximum; the bars add up to
 * the number of records. They are equally wide, unless that would put nearly all records into one of them:
 * then they are logarithmic, and where even that folds them, the last bar takes the few outliers and the
 * others spread the rest. Fewer bars when the range holds fewer nanoseconds. */
void bars_make(struct bars *bars, const struct hist *hist, unsigned count);

/* The lower edge of a bar in seconds, with as many decimals as it takes to tell it from its neighbours. */
struct text bars_edge(const struct bars *bars, unsigned i);

#endif
