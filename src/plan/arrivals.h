/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * When requests are due in an open loop: one schedule for the whole run, in absolute time, of which each
 * worker takes every n-th arrival. It does not depend on what the server does, nor on the number of workers,
 * so nothing drifts and nothing bunches up. Functions of the schedule, the seed and the index: no clock.
 */
#ifndef VASTAR_PLAN_ARRIVALS_H
#define VASTAR_PLAN_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/schedule.h"

enum arrivals_kind {
	ARRIVALS_CONSTANT, /* a gap of 1/R after each, or bursts in even gaps */
	ARRIVALS_POISSON,  /* exponential gaps of mean 1/R: independent users */
	ARRIVALS_UNIFORM,  /* gaps even on [0, 2/R] */
	ARRIVALS_KINDS
};

extern const char *const arrivals_names[ARRIVALS_KINDS]; /* "constant", "poisson", "uniform" */

/* The kind of this name, the first for NULL; false: there is none. */
bool arrivals_find(const char *name, enum arrivals_kind *kindp);

/* A reader of the schedule. */
struct arrivals {
	uint64_t next_ns; /* the instant of the arrival that it stands at; UINT64_MAX: there is none */
	uint64_t taken;	  /* how many it has passed */
	enum arrivals_kind kind;
	uint32_t stride;
	const struct schedule *schedule;
	uint32_t stage;
	uint64_t start_ns, index, random;
	/* Where the arrival is when time is measured in arrivals that are expected: random gaps have mean 1
	 * there, and the schedule maps it to an instant, which makes a Poisson process of any rate out of one
	 * of rate 1 (Cinlar, "Introduction to Stochastic Processes", 1975, section 4.7). */
	double expected;
};

/* Begins at arrival `first` of a schedule that starts at start_ns, and takes every `stride`th from there. The
 * first of a constant one is at start_ns itself. The schedule is kept, not copied. */
void arrivals_init(struct arrivals *arrivals, enum arrivals_kind kind, const struct schedule *schedule,
		   uint64_t seed, uint64_t start_ns, uint32_t first, uint32_t stride);

/* Moves to the next arrival. */
void arrivals_take(struct arrivals *arrivals);

/* Divides the arrivals that are still to come: every second one, from the next but one on, goes to the other
 * reader. */
void arrivals_split(struct arrivals *arrivals, struct arrivals *other);

#endif
