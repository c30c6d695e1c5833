/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The runs of a sweep: which runs to do, in what order, and where their samples go. */
#ifndef VASTAR_SWEEP_RUNS_H
#define VASTAR_SWEEP_RUNS_H

#include "sweep/sweep.h"

struct job {
	uint32_t concurrency;
	bool reference;
};

struct jobs {
	unsigned count, room;
	struct job *list; /* owned */
};

/* The index of the level; -1: not found. */
int sweep_find_point(const struct sweep *sweep, uint32_t concurrency);

/* Inserts the level in order, which moves those above it. Does nothing if it is already there or there is
 * no room. */
void sweep_add_point(struct sweep *sweep, uint32_t concurrency, bool baseline_only);

/* The caller stopped the sweep, or an endpoint cannot be reached. */
bool sweep_stopped(const struct sweep *sweep);

/* Reports the warnings: these are the notes that exist before the first run. */
void sweep_warn(const struct sweep *sweep);

/* Reports what follows and how long it takes. */
void sweep_tell_plan(struct sweep *sweep, bool scouting);

int sweep_run_one(struct sweep *sweep, const struct job *job, const struct measure_settings *how,
		  bool scouting, struct sample *sample, struct vastar_error *err);

/* Adds `repeats` runs of a level, on both endpoints when the reference is a live one. False: out of
 * memory. */
bool jobs_add_level(struct jobs *jobs, const struct sweep *sweep, uint32_t concurrency, unsigned repeats);

/* Runs them in random order and keeps the samples. Frees the jobs. */
int sweep_run_jobs(struct sweep *sweep, struct jobs *jobs, struct vastar_error *err);

#endif
