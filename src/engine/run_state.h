/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * One execution of a plan: threads that share only this struct. A worker connects, meets the others at the
 * start line, runs, drains and ends. When all have ended, the shards are merged. This file is the run as its
 * workers see it; run.h starts and ends it, and watch.c observes it from outside.
 */
#ifndef VASTAR_ENGINE_RUN_STATE_H
#define VASTAR_ENGINE_RUN_STATE_H

#include <pthread.h>
#include <stddef.h>

#include "engine/budget.h"
#include "engine/pressure.h"
#include "plan/plan.h"
#include "stats/result.h"

struct worker;

enum { CACHE_LINE = 64 };

struct vastar_run {
	const struct vastar_plan *plan;
	uint32_t disabled;     /* enum ring_feature bits to do without */
	int cpu;	       /* where the run was started: for nodes_stay() */
	uint32_t worker_count; /* grows during the run; atomic */
	uint32_t started;      /* threads that have been started */
	pthread_t *threads;    /* [plan->workers_max], like the next one */
	struct worker **workers;
	/* The transport besides the plain one, and what its channels share in all workers, once a worker
	 * has needed them. Atomic; changed only under the lock. */
	const struct transport *transport;
	void *transport_shared;
	struct scale *scale;	   /* NULL: the number of workers is fixed */
	uint32_t connections_open; /* when the clock started */
	struct run_facts facts;
	uint64_t begin_ns;	       /* the workers sleep until then; written before start_ns */
	struct host_pressure pressure; /* from before the clock started */

	pthread_mutex_t lock; /* guards the fields up to the end of this block */
	pthread_cond_t changed;
	uint32_t at_start_line;
	uint32_t ended;
	uint32_t features; /* features that every worker uses */
	bool failed;
	struct vastar_error error;	/* of the first worker that failed */
	struct interval_series *series; /* grows while a caller waits for the run */
	bool series_ended;
	bool ended_in_warmup;
	struct block_series *blocks; /* with --until */
	uint64_t block_due_ns;	     /* when the next block ends; 0: none has begun */

	/* Written once or rarely, but read in every turn of every loop: on a cache line of their own. */
	uint64_t start_ns __attribute__((aligned(CACHE_LINE))); /* 0: still connecting; atomic */
	uint64_t deadline_ns; /* nothing is sent after this; UINT64_MAX: none yet; atomic */
	bool stop;	      /* a stop was requested from outside; atomic */
	bool hurry;	      /* responses that are still to come are not waited for; atomic */
	bool gave_up;	      /* no connection was open for too long; atomic */
	bool connected;	      /* a connection was open at some time; atomic */
	bool move_failed;     /* a connection could not move to another worker; atomic */
	uint32_t passing;     /* connections on their way between workers; atomic */

	struct budget budget __attribute__((aligned(CACHE_LINE)));
	struct budget log_budget __attribute__((aligned(CACHE_LINE))); /* records of the request log */
};

#define RUN_LINE(member) (offsetof(struct vastar_run, member) / CACHE_LINE)
_Static_assert(RUN_LINE(start_ns) > RUN_LINE(block_due_ns) && RUN_LINE(connected) == RUN_LINE(start_ns),
	       "what every worker reads in every turn has a line of its own");
_Static_assert(RUN_LINE(budget) > RUN_LINE(connected) && RUN_LINE(log_budget) > RUN_LINE(budget),
	       "what workers take from in turn is apart from what they read");

/* The number of workers, including those that have joined. */
static inline uint32_t run_workers(const struct vastar_run *run)
{
	return __atomic_load_n(&run->worker_count, __ATOMIC_ACQUIRE);
}

/* The worker is connected and waits for the others here. The last one starts the clock. False: the run has
 * failed. */
bool run_start_line(struct vastar_run *run, uint32_t features, uint32_t open_connections);

/* The worker could not be set up. The run fails with this error, and the others do not wait for the worker
 * at the start line. */
void run_fail(struct vastar_run *run, const struct vastar_error *error);

/* The worker's thread is about to end. */
void run_worker_ended(struct vastar_run *run);

/* Moves a later deadline forward to now_ns. */
void run_end_at(struct vastar_run *run, uint64_t now_ns);

#endif
