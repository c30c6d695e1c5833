/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "sweep/estimate.h"

#include <math.h>

#include "base/clock.h"

#define OVERHEAD_S 0.05 /* for each run: threads, connections, the last responses */
#define WARM_UP_S 0.1
#define SCOUT_S 0.45

enum {
	WARM_UP_EACH = 2,
	ENOUGH = 10000, /* responses needed for p99.9 */
	USUAL_LEVELS = 9,
	LEVELS_AHEAD = 2, /* scouting runs that still find no growth */
};

double estimate_run_s(const struct measure_settings *how, uint32_t concurrency, double rps)
{
	double requests = fmax((double)how->requests, (double)how->each * concurrency);
	double warm_up = WARM_UP_S, s = ns_to_s(how->least_ns);

	if (how->exact)
		return OVERHEAD_S + (rps > 0 ? (double)how->requests / rps : s);
	if (rps > 0)
		warm_up = fmax(warm_up, WARM_UP_EACH * (double)concurrency / rps);
	if (how->duration_ns)
		return OVERHEAD_S + warm_up + ns_to_s(how->duration_ns);
	if (rps > 0) {
		s = fmax(s, requests / rps);
		s = fmax(s, fmin(ns_to_s(how->prolong_ns), ENOUGH / rps));
	}
	return fmin(OVERHEAD_S + warm_up + s, ns_to_s(how->most_ns));
}

/* ---- rates by power of two of the level ---- */

static unsigned class_of(uint32_t concurrency)
{
	return 31 - (unsigned)__builtin_clz(concurrency | 1);
}

void estimate_learn(struct sweep *sweep, uint32_t concurrency, bool reference, double rps)
{
	sweep->rates[reference][class_of(concurrency)] = rps;
}

/* The rate of the nearest class; of two equally near ones the smaller. 0: unknown. */
static double rate_near(const double rates[32], unsigned class)
{
	for (unsigned distance = 0; distance < 32; distance++) {
		if (distance <= class && rates[class - distance] > 0)
			return rates[class - distance];
		if (class + distance < 32 && rates[class + distance] > 0)
			return rates[class + distance];
	}
	return 0;
}

double estimate_job_s(const struct sweep *sweep, uint32_t concurrency, bool reference)
{
	unsigned class = class_of(concurrency);
	double rps = rate_near(sweep->rates[reference], class);

	if (!(rps > 0))
		rps = rate_near(sweep->rates[0], class);
	return estimate_run_s(&sweep->settings->measure, concurrency, rps);
}

double estimate_scouting_s(const struct sweep *sweep, unsigned done)
{
	const struct sweep_settings *settings = sweep->settings;
	unsigned levels = done + LEVELS_AHEAD > USUAL_LEVELS ? done + LEVELS_AHEAD : USUAL_LEVELS;
	double runs = (double)levels * settings->repeats * (settings->reference.url ? 2 : 1);

	return (levels - done) * SCOUT_S +
	       (runs + sweep->runs_to_come) * estimate_job_s(sweep, 1u << done, false);
}
