/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* --slo-target "p50=20ms,p95=100ms,p99=250ms": latency limits that the user sets for named percentiles. */
#ifndef VASTAR_PLAN_SLO_TARGET_H
#define VASTAR_PLAN_SLO_TARGET_H

#include "base/err.h"

enum { SLO_TARGETS_MAX = 8 };

struct slo_target {
	char name[8];	/* "p99.9", as the report prints it ("p999" is accepted and means p99.9) */
	double percent; /* 99.9 */
	uint64_t limit_ns;
};

struct slo_targets {
	unsigned count;				    /* 0: none set */
	struct slo_target targets[SLO_TARGETS_MAX]; /* by rising percent */
};

/* Known keys: p25 p50 p75 p90 p95 p99 p99.9 p99.99. Refused with a sentence: an unknown or repeated key, a
 * bad or zero duration, a limit below that of a smaller percentile, an empty list. */
int slo_targets_parse(struct slo_targets *targets, const char *spec, struct vastar_error *err);

#endif
