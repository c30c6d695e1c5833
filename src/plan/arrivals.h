/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * When requests are due in an open loop: one schedule for the whole run, in absolute time, of which each
 * worker takes every n-th arrival. It depends neither on the server nor on the number of workers, so nothing
 * drifts and nothing bunches up. It is a function of the schedule, the seed and the index, without a clock.
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

/* Finds the kind by its name; NULL means the first. False: unknown name. */
bool arrivals_find(const char *name, enum arrivals_kind *kindp);

/* A reader of the schedule. */
struct arrivals {
	uint64_t next_ns; /* instant of the current arrival; UINT64_MAX: no more */
	uint64_t taken;	  /* number of arrivals passed */
	enum arrivals_kind kind;
	uint32_t stride;
	const struct schedule *schedule;
	uint32_t stage;
	uint64_t start_ns, index, random;
	/* The arrival, with time measured in expected arrivals. There random gaps have mean 1, and the
	 * schedule maps the result to an instant. This turns a Poisson process of rate 1 into one of any rate
	 * (Cinlar, "Introduction to Stochastic Processes", 1975, section 4.7). */
	double expected;
};

/* Begins at arrival `first` of a schedule that starts at start_ns, and takes every `stride`th from there. A
 * constant schedule has its first arrival at start_ns itself. Keeps a pointer to the schedule. */
void arrivals_init(struct arrivals *arrivals, enum arrivals_kind kind, const struct schedule *schedule,
		   uint64_t seed, uint64_t start_ns, uint32_t first, uint32_t stride);

/* Moves to the next arrival. */
void arrivals_take(struct arrivals *arrivals);

/* Divides the remaining arrivals: every second one, beginning with the second, goes to the other reader. */
void arrivals_split(struct arrivals *arrivals, struct arrivals *other);

#endif
