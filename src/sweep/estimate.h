/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How long runs will take, from the rates seen so far. */
#ifndef VASTAR_SWEEP_ESTIMATE_H
#define VASTAR_SWEEP_ESTIMATE_H

#include "sweep/sweep.h"

/* Seconds of one run, including warm-up. With an unknown rate, `rps` 0, the minimum. */
double estimate_run_s(const struct measure_settings *how, uint32_t concurrency, double rps);

/* Remembers the rate at a level; levels near it are assumed to have the same. */
void estimate_learn(struct sweep *sweep, uint32_t concurrency, bool reference, double rps);
double estimate_job_s(const struct sweep *sweep, uint32_t concurrency, bool reference);

/* Seconds of the whole sweep during scouting: after `done` scouting runs the number of levels is still
 * unknown. */
double estimate_scouting_s(const struct sweep *sweep, unsigned done);

#endif
