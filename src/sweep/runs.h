/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The runs of a sweep under way: which there are to be, in what order, and where their samples go. */
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

/* The index of the level; -1: there is none. */
int sweep_find_point(const struct sweep *sweep, uint32_t concurrency);

/* Puts the level in its place, which moves those above it, unless it is there or there is no room. */
void sweep_add_point(struct sweep *sweep, uint32_t concurrency, bool baseline_only);

/* By the caller, or since an endpoint cannot be reached. */
bool sweep_stopped(const struct sweep *sweep);

/* Tells of the warnings, which are notes that stand there before the first run. */
void sweep_warn(const struct sweep *sweep);

int sweep_run_one(struct sweep *sweep, const struct job *job, const struct measure_settings *how,
		  bool scouting, struct sample *sample, struct vastar_error *err);

/* So many runs of a level, on both endpoints when the reference is a live one. False: out of memory. */
bool jobs_add_level(struct jobs *jobs, const struct sweep *sweep, uint32_t concurrency, unsigned repeats);

/* Runs them in random order and keeps the samples. Frees the jobs. */
int sweep_run_jobs(struct sweep *sweep, struct jobs *jobs, struct vastar_error *err);

#endif
