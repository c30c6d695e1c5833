/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A run from outside: what vastar_run_start() and its kin (vastar.h) leave to the rest of the program. */
#ifndef VASTAR_ENGINE_RUN_H
#define VASTAR_ENGINE_RUN_H

#include "plan/plan.h"
#include "stats/result.h"

/* What the run carries out. */
const struct vastar_plan *run_plan_of(const struct vastar_run *run);

/* What stands in the shards at an instant. Cheap enough to be taken ten times a second; the workers go on
 * meanwhile, so it may be a few responses behind itself. */
struct run_snapshot {
	uint64_t elapsed_ns; /* since the clock started; 0: still connecting or warming up */
	uint64_t responses, good, errors;
	uint32_t open_connections;
};

/* `latency` (NULL: not wanted) is overwritten with the latencies of the responses so far. */
void run_snapshot(const struct vastar_run *run, struct run_snapshot *snapshot, struct hist *latency);

/* The number of workers is changing: what is measured now is not what will be. */
bool run_unsettled(struct vastar_run *run);

/* Copies the first interval after the *seenp ones that have been copied already (0 at first), and counts it;
 * false when there is no other yet. There is a new one each second of vastar_run_wait(), and the last,
 * partial one when that has returned true. A caller that does not ask for some seconds misses the older
 * ones. */
bool run_next_interval(struct vastar_run *run, uint32_t *seenp, struct interval *interval);

/* Waits for the threads and merges what they have measured. */
int run_collect(struct vastar_run *run, struct result **resultp, struct vastar_error *err);

/* Frees everything; the threads have ended. */
void run_free(struct vastar_run *run);

#endif
