/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A worker's memory and its ring: made by its own thread before anything else, and taken down at the end. */
#ifndef VASTAR_ENGINE_WORKER_SETUP_H
#define VASTAR_ENGINE_WORKER_SETUP_H

#include "engine/worker.h"

/* False: out of memory. To be released all the same. */
bool worker_allocate(struct worker *w);
void worker_release(struct worker *w);

/* The ring, its buffers and the transport. 0, or an error in *err with nothing to close. */
int worker_open(struct worker *w, struct vastar_error *err);
void worker_close(struct worker *w);

#endif
