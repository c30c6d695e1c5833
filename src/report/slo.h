/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The 11 SLO levels that colour the report: limits derived from percentiles of the run itself
 * (run-relative) or from --slo-target (absolute). Also tells whether the targets were met.
 */
#ifndef VASTAR_REPORT_SLO_H
#define VASTAR_REPORT_SLO_H

#include "plan/slo_target.h"
#include "report/format.h"
#include "stats/result.h"

enum { SLO_LEVELS = 11 };

struct slo_level {
	const char *name;  /* "elite" ... "violation" */
	uint8_t color;	   /* of the 256-colour palette */
	uint64_t limit_ns; /* inclusive; UINT64_MAX for the last */
};

struct slo {
	bool absolute;
	struct slo_level levels[SLO_LEVELS];
};

/* elite <= p25/2, excellent <= p25, good <= p50, normal <= p75, acceptable <= p90, degraded <= p95, slow
 * <= p99, very slow <= 1.5 p99, critical <= 2 p99, severe <= 3 p99, violation above. Each given target
 * replaces the percentile of its name. Missing ones are interpolated geometrically, with p25 = p50/2 when
 * absent. */
void slo_levels(struct slo *slo, const struct result *result, const struct slo_targets *targets);

const struct slo_level *slo_level_of(const struct slo *slo, uint64_t ns);

/* One target and its outcome. */
struct slo_verdict {
	const char *metric;	/* "p99", "rps", "goodput", "errors" */
	const char *comparison; /* "<=", "<", ">=", ">" */
	enum { SLO_SECONDS, SLO_PER_SECOND, SLO_SHARE } unit;
	double limit, measured; /* in this unit; `measured` is NAN when there is no figure */
	const char *missing;	/* the reason when there is no figure; else NULL */
	bool met;
};

enum { SLO_VERDICTS_MAX = SLO_TARGETS_MAX + SLO_RATES };

/* Verdicts on percentiles in rising order, then on the rates. Returns how many. Every request counts:
 * failed ones rank above every response. Without any request, no target is met. */
unsigned slo_verdicts(const struct slo_targets *targets, const struct result *result,
		      struct slo_verdict verdicts[SLO_VERDICTS_MAX]);

/* "250ms", "50000/s", "0.1%" */
struct text slo_limit_text(const struct slo_verdict *verdict);
struct text slo_measured_text(const struct slo_verdict *verdict); /* or the reason why it is missing */

/* "<=21.7ms", and ">65.1ms" for the last level. */
struct text slo_level_limit(const struct slo *slo, unsigned level);

bool slo_target_met(const struct slo_target *target, const struct result *result);
bool slo_all_met(const struct slo_targets *targets, const struct result *result); /* includes the rates */

#endif
