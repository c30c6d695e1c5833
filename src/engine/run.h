/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A run from outside: what the rest of the program needs beyond vastar_run_start() and its kin (vastar.h). */
#ifndef VASTAR_ENGINE_RUN_H
#define VASTAR_ENGINE_RUN_H

#include "plan/plan.h"
#include "stats/result.h"
#include "stats/totals.h"

/* The plan that the run executes. */
const struct vastar_plan *run_plan_of(const struct vastar_run *run);

/* With plan->held: the workers are connected and wait for run_go(), or the run has failed. */
bool run_ready(struct vastar_run *run);

/* The connections that are open in a run that is ready. With none, `why` gets the first failure, or "". */
uint32_t run_opened(struct vastar_run *run, char *why, size_t size);

/* Lets the workers begin at this instant, or at once when it has passed. Only the first call counts. */
void run_go(struct vastar_run *run, uint64_t begin_ns);

/* From now on the run does not wait for responses after its end. */
void run_hurry(struct vastar_run *run);

/* The contents of the shards at an instant. Cheap enough to take ten times a second. The workers go on
 * meanwhile, so it may lag by a few responses. */
struct run_snapshot {
	uint64_t elapsed_ns; /* since the clock started; 0: still connecting or warming up */
	uint64_t responses, good, errors;
	uint32_t open_connections;
};

/* `latency` (NULL: not wanted) is overwritten with the latencies of the responses so far. */
void run_snapshot(const struct vastar_run *run, struct run_snapshot *snapshot, struct hist *latency);

/* Adds what the workers have counted. */
void run_totals(const struct vastar_run *run, struct totals *totals);

/* How the run is at this instant. */
struct run_gauges {
	enum vastar_phase phase;
	uint64_t elapsed_ns;
	double started_at_s; /* since 1970; 0: still connecting */
	uint32_t open_connections, in_flight;
	double busy; /* share of a processor that the busiest worker has used so far; NAN: not known */
};

void run_gauges(const struct vastar_run *run, struct run_gauges *gauges);

/* The number of workers is changing: the rates measured now may not last. */
bool run_unsettled(struct vastar_run *run);

/* Copies the first interval after the *seenp that were copied already (0 at first), and counts it. Returns
 * false when there is no newer one. Each second of vastar_run_wait() adds an interval. The last, partial
 * one is added when vastar_run_wait() returns true. A caller that does not ask for some seconds misses the
 * older ones. */
bool run_next_interval(struct vastar_run *run, uint32_t *seenp, struct interval *interval);

/* Waits for the threads and merges their results. */
int run_collect(struct vastar_run *run, struct result **resultp, struct vastar_error *err);

/* Frees everything. The threads must have ended. */
void run_free(struct vastar_run *run);

#endif
