/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How long runs will take, from the rates seen so far. */
#ifndef VASTAR_SWEEP_ESTIMATE_H
#define VASTAR_SWEEP_ESTIMATE_H

#include "sweep/sweep.h"

/* Seconds of one run, warm-up included; `rps` 0: unknown, then the least that it can take. */
double estimate_run_s(const struct measure_settings *how, uint32_t concurrency, double rps);

/* Remembers the rate at a level; the levels near it are taken to have the same. */
void estimate_learn(struct sweep *sweep, uint32_t concurrency, bool reference, double rps);
double estimate_job_s(const struct sweep *sweep, uint32_t concurrency, bool reference);

/* Of the whole sweep while scouts are out: after `done` of them nobody knows how many levels follow. */
double estimate_scouting_s(const struct sweep *sweep, unsigned done);

#endif
