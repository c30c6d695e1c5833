/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* --slo-target "p50=20ms,p99=250ms,rps>=50000,errors<0.1%": targets of a run. */
#ifndef VASTAR_PLAN_SLO_TARGET_H
#define VASTAR_PLAN_SLO_TARGET_H

#include <stdbool.h>

#include "base/err.h"

enum { SLO_TARGETS_MAX = 8 };

struct slo_target {
	char name[8];	/* "p99.9", as the report prints it ("p999" is accepted and means p99.9) */
	double percent; /* 99.9 */
	uint64_t limit_ns;
};

/* Targets other than percentiles. */
enum slo_rate_kind { SLO_RPS, SLO_GOODPUT, SLO_ERRORS, SLO_RATES };

struct slo_rate {
	bool set;
	bool strict;  /* the limit itself misses it: ">" or "<" */
	double limit; /* at least this rate per second; errors: at most this share of all requests, 0..1 */
};

extern const char *const slo_rate_names[SLO_RATES]; /* "rps", "goodput", "errors" */

struct slo_targets {
	unsigned count;				    /* of percentiles */
	struct slo_target targets[SLO_TARGETS_MAX]; /* by rising percent */
	struct slo_rate rates[SLO_RATES];
};

/* True if there is any target. */
bool slo_targets_any(const struct slo_targets *targets);

/* Terms, separated by commas: a percentile with a duration ("p99=250ms" or "p99<=250ms"; p25 p50 p75 p90 p95
 * p99 p99.9 p99.99), "rps>=50000" and "goodput>=50k/s" (or ">"), "errors<0.1%" (or "<="). Refused with a
 * message: an unknown or repeated term, a bad or unreachable limit, a limit below that of a smaller
 * percentile, an empty list. */
int slo_targets_parse(struct slo_targets *targets, const char *spec, struct vastar_error *err);

#endif
