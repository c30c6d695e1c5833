/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Explains the figures in a few words each. The thresholds and the reasons for them are in one table in
 * insight.c. */
#ifndef VASTAR_REPORT_INSIGHT_H
#define VASTAR_REPORT_INSIGHT_H

#include <stdbool.h>

#include "report/format.h"
#include "stats/result.h"

enum severity { SEVERITY_OK, SEVERITY_NOTICE, SEVERITY_WARNING, SEVERITY_CRITICAL, SEVERITIES };

extern const char *const severity_names[SEVERITIES];

enum insight_unit { INSIGHT_RATIO, INSIGHT_SHARE, INSIGHT_COUNT }; /* printed "1.6x", "12.3%", "200" */

struct insight {
	const char *metric; /* as in the JSON: "latency_spread" */
	const char *title;  /* as in the text: "Latency spread p99/p50" */
	enum insight_unit unit;
	double value;
	enum severity severity;
	char text[96];
	bool weak; /* it rests on a percentile for which the sample is too small */
};

enum { INSIGHTS_MAX = 6 };

/* Fills `insights` in printing order and returns how many there are. Ratios of latencies need enough
 * responses, the error rate a request, the client's state a worker and time. A run that is too short for some
 * of them says so. */
unsigned insights_of(const struct result *result, struct insight insights[INSIGHTS_MAX]);

struct insight_text {
	char s[200];
};

/* One sentence on what to do next; "" without a response. */
struct insight_text insight_next(const struct result *result);

struct text insight_value(const struct insight *insight); /* with its unit */

#endif
