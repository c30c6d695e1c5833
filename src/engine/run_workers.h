/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The workers of a run: made before it starts, or while it goes on. */
#ifndef VASTAR_ENGINE_RUN_WORKERS_H
#define VASTAR_ENGINE_RUN_WORKERS_H

#include "engine/run_state.h"

/* Makes run->worker_count workers, which share the plan's connections evenly. False: out of memory; what is
 * there is freed with the run. */
bool run_add_workers(struct vastar_run *run);

/* Starts their threads; run->started says how many there are, also after an error. */
int run_start_threads(struct vastar_run *run, struct vastar_error *err);

/* With the run's lock held: starts the next worker, number `index`, without connections of its own, and room
 * for so many of those of `partner`. False: no memory or no thread for it, or nothing to give. */
bool run_join(struct vastar_run *run, uint32_t index, uint32_t partner, uint32_t connections);

#endif
