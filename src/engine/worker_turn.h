/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef VASTAR_ENGINE_WORKER_TURN_H
#define VASTAR_ENGINE_WORKER_TURN_H

#include "engine/worker.h"

/* Waits until something happens or until `until_ns`, and handles it. */
void worker_turn(struct worker *w, uint64_t until_ns);

/* The warm-up, if there was one, is over. */
void worker_begin_measuring(struct worker *w);

/* Open loop: the time is over. Counts the requests that were due and found no connection, with the time
 * that they have waited. */
void worker_count_unsent(struct worker *w);

#endif
