/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The load of an open loop over time: stages with a rate that is constant or changes evenly. It is a function
 * from time to the number of arrivals expected by then, and back; plan/arrivals.h draws instants from it.
 * Times count from the beginning of the schedule.
 */
#ifndef VASTAR_PLAN_SCHEDULE_H
#define VASTAR_PLAN_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum {
	SCHEDULE_STAGES_MAX = 64,
	SCHEDULE_RATE_MAX = 100000000,
	SCHEDULE_BURST_MAX = 1000000,
};

#define SCHEDULE_ENDLESS UINT64_MAX

struct schedule_stage {
	uint64_t start_ns, length_ns; /* the last stage may have the length SCHEDULE_ENDLESS */
	double from, to;	      /* arrivals per second at its start and at its end, 0 and up */
	double before;		      /* arrivals expected before it */
};

struct schedule {
	uint32_t stage_count; /* 0: no schedule */
	uint32_t burst;	      /* arrivals at once in a burst; 0: one by one */
	bool warmup;	      /* the first stage is a warm-up, which is not measured */
	struct schedule_stage stages[SCHEDULE_STAGES_MAX + 1];
};

/* Adds a stage; there is room for SCHEDULE_STAGES_MAX besides a warm-up. */
void schedule_add(struct schedule *schedule, uint64_t length_ns, double from, double to);

/* Puts a stage at its first rate before the others. */
void schedule_warm_up(struct schedule *schedule, uint64_t length_ns);

/* "1k:10s,5k:30s" or with ramps "1k..5k:1m,5k:30s": rates as in num_rate(), or 0 for a pause. VASTAR_E_USAGE
 * with a message about `option`. Overwrites `*schedule`. */
int schedule_parse(const char *spec, const char *option, struct schedule *schedule, struct vastar_error *err);

/* "100:5s" or "100:every 5s": that many at once, in each interval. */
int schedule_parse_burst(const char *spec, struct schedule *schedule, struct vastar_error *err);

/* Multiplies all rates. */
void schedule_scale(struct schedule *schedule, double factor);

/* The highest rate of all stages, per second. */
double schedule_peak(const struct schedule *schedule);

/* The length of all stages together; SCHEDULE_ENDLESS without an end. */
uint64_t schedule_length(const struct schedule *schedule);

/* Arrivals expected by `at_ns`. */
double schedule_expected(const struct schedule *schedule, uint64_t at_ns);

/* The instant by which `expected` arrivals are expected, in ns; UINT64_MAX if there will never be that many.
 * The search starts at stage `*stagep`: 0 at first, then the result of the last call. `expected` must not
 * decrease between calls. Sets `*stagep` to the stage of the instant. */
uint64_t schedule_instant(const struct schedule *schedule, double expected, uint32_t *stagep);

/* The stage at `at_ns`; after the end the last one. */
uint32_t schedule_stage_at(const struct schedule *schedule, uint64_t at_ns);

#endif
