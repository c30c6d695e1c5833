/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One run at one level of concurrency: warm up, measure until there is enough, sum up. */
#ifndef VASTAR_SWEEP_MEASURE_H
#define VASTAR_SWEEP_MEASURE_H

#include "plan/plan.h"
#include "sweep/point.h"

struct measure_settings {
	uint64_t requests;    /* responses that a run has at least */
	uint32_t each;	      /* ... and at least so many for each connection */
	bool exact;	      /* exactly `requests`, no warm-up, no raising, no prolonging */
	uint64_t duration_ns; /* not 0: measures for this long instead */
	uint64_t least_ns;    /* measures at least for so long */
	/* Goes on for up to this long, until ten responses are above the percentiles that the gates judge. */
	uint64_t prolong_ns;
	/* Ends the run with what it has; connecting, warm-up and last responses included. */
	uint64_t most_ns;
};

/* What a run under way tells its owner, ten times a second. */
struct measure_progress {
	uint32_t concurrency;
	bool warming_up;
	double seconds, rps, p99_s;
};

struct measure_watch {
	void (*progress)(void *context, const struct measure_progress *progress); /* NULL: nobody listens */
	void *context;
	const bool *stop; /* atomic: end early; what was measured is returned */
};

/*
 * `settings` of the request and of the connections; its concurrency is set to `concurrency`. The run begins
 * with `workers` (0: as any other), unless the settings fix their number. A run in which nothing could be
 * connected gives a sample of zeros with its errors.
 */
int measure(const struct vastar_settings *settings, uint32_t concurrency, uint32_t workers,
	    const struct measure_settings *how, const struct measure_watch *watch, struct sample *sample,
	    struct vastar_error *err);

#endif
