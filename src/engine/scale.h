/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Lets the number of a run's workers follow the load: takes the samples for growth.h, starts workers, and
 * moves connections to them (conn_move.h). It runs in the thread that waits for the run, under the run's
 * lock. The workers pay only for the moves themselves.
 */
#ifndef VASTAR_ENGINE_SCALE_H
#define VASTAR_ENGINE_SCALE_H

#include <stdbool.h>
#include <stdint.h>

struct scale;
struct vastar_run;

/* For a run whose workers are about to start. NULL: out of memory. */
struct scale *scale_new(const struct vastar_run *run);
void scale_free(struct scale *scale); /* NULL is allowed */

/* When scale_step() has to be called; UINT64_MAX: not yet, or never. */
uint64_t scale_due_ns(struct vastar_run *run);

void scale_step(struct vastar_run *run);

/* The number of workers is changing. */
bool scale_unsettled(const struct vastar_run *run);

/* Call it after the run has ended: fills in the facts about workers. */
void scale_report(struct vastar_run *run);

#endif
