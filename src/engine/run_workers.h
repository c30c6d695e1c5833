/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The workers of a run: created before it starts, or during it. */
#ifndef VASTAR_ENGINE_RUN_WORKERS_H
#define VASTAR_ENGINE_RUN_WORKERS_H

#include "engine/run_state.h"

/* Creates run->worker_count workers, which share the plan's connections evenly. False: out of memory;
 * those that exist are freed with the run. */
bool run_add_workers(struct vastar_run *run);

/* Starts their threads. run->started is their number, also after an error. */
int run_start_threads(struct vastar_run *run, struct vastar_error *err);

/* Call it with the run's lock held. Starts the next worker, number `index`, without connections of its
 * own. It has room for `connections` of those of `partner`. False: no memory or no thread for it, or
 * nothing to give. */
bool run_join(struct vastar_run *run, uint32_t index, uint32_t partner, uint32_t connections);

#endif
