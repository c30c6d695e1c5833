/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A worker's memory and its ring: created by its own thread before anything else, and freed at the end. */
#ifndef VASTAR_ENGINE_WORKER_SETUP_H
#define VASTAR_ENGINE_WORKER_SETUP_H

#include "engine/worker.h"

/* False: out of memory. Release it even then. */
bool worker_allocate(struct worker *w);
void worker_release(struct worker *w);

/* Opens the ring, its buffers and the transport. Returns 0, or an error in *err with nothing to close. */
int worker_open(struct worker *w, struct vastar_error *err);
void worker_close(struct worker *w);

#endif
