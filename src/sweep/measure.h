/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One run at one level of concurrency: warm up, measure until there is enough data, sum up. */
#ifndef VASTAR_SWEEP_MEASURE_H
#define VASTAR_SWEEP_MEASURE_H

#include "plan/plan.h"
#include "sweep/point.h"

struct measure_settings {
	uint64_t requests; /* least number of responses in a run */
	/* HTTP/2: at most this many connections at a level, with several streams each; 0: no limit */
	uint32_t connections;
	uint32_t each;	      /* ... and for each connection */
	bool exact;	      /* exactly `requests`: no warm-up, no raising, no prolonging */
	uint64_t duration_ns; /* not 0: measure for this long instead */
	uint64_t least_ns;    /* measure at least this long */
	/* Continue for up to this long, until ten responses are above the percentiles that the gates use. */
	uint64_t prolong_ns;
	/* End the run after this time, with what it has. Connecting, warm-up and the last responses count
	 * too. */
	uint64_t most_ns;
};

/* Progress of a run, reported to its owner ten times a second. */
struct measure_progress {
	uint32_t concurrency;
	bool warming_up;
	double seconds, rps, p99_s;
};

struct measure_watch {
	void (*progress)(void *context, const struct measure_progress *progress); /* NULL: no reports */
	void *context;
	const bool *stop; /* atomic: end early and return what was measured */
};

/*
 * Runs at `concurrency`, which replaces that of the settings. `settings` describe the request and the
 * connections. The run begins with `workers` (0: the usual number), unless the settings fix their number.
 * A run in which no connection succeeded gives a sample of zeros with its errors.
 */
int measure(const struct vastar_settings *settings, uint32_t concurrency, uint32_t workers,
	    const struct measure_settings *how, const struct measure_watch *watch, struct sample *sample,
	    struct vastar_error *err);

#endif
