/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The life of a worker: it connects, runs until the last response is complete or the time is over, drains,
 * and ends. worker_setup.c creates what it needs, worker_turn.c is the body of its loop.
 */
#include "engine/worker.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "base/nodes.h"
#include "engine/conn_move.h"
#include "engine/renew.h"
#include "engine/worker_setup.h"
#include "engine/worker_turn.h"

enum {
	CONNECTS_AT_ONCE = 256, /* in all workers together: a listen backlog is rarely longer */
};

static void connect_all(struct worker *w)
{
	uint32_t at_once = CONNECTS_AT_ONCE / w->run->worker_count;

	if (!at_once)
		at_once = 1;
	w->phase = WORKER_CONNECTING;
	waiter_init(&w->waiter, &w->ring, true, w->conn_count, 0);
	w->now_ns = w->last_open_ns = w->next_check_ns = clock_now_ns();
	while ((w->next_to_open < w->conn_count || w->connecting) &&
	       !__atomic_load_n(&w->run->stop, __ATOMIC_RELAXED)) {
		while (w->next_to_open < w->conn_count && w->connecting < at_once) {
			w->connecting++;
			conn_open(w, &w->conns[w->next_to_open++]);
		}
		if (w->connecting)
			worker_turn(w, UINT64_MAX);
	}
}

static void begin_run(struct worker *w)
{
	w->phase = WORKER_RUNNING;
	w->deadline_ns = __atomic_load_n(&w->run->deadline_ns, __ATOMIC_RELAXED);
	w->now_ns = w->last_open_ns = clock_now_ns();
	waiter_init(&w->waiter, &w->ring, w->plan->pace.kind != PACE_CLOSED, w->conn_count, w->now_ns);
	if (w->plan->warmup_ns)
		w->tally.measured_ns = w->run->start_ns;
	else
		worker_begin_measuring(w);
	w->tally.schedule_ns = w->run->start_ns - w->plan->warmup_ns;
	if (w->joins) {
		w->arrivals.next_ns = w->due.next_ns = UINT64_MAX; /* until it gets a part of another's */
	} else if (w->plan->pace.kind == PACE_OPEN) {
		plan_arrivals(w->plan, w->tally.schedule_ns, w->index, w->run->worker_count, &w->arrivals);
		w->due = w->arrivals;
	}
	for (uint32_t i = 0; i < w->conn_count; i++) {
		struct conn *c = &w->conns[i];

		c->exchange.due_ns = pace_first(&w->plan->pace, w->plan->first_connection + w->first_conn + i,
						w->plan->whole.connections, w->tally.schedule_ns);
		if (c->state == CONN_IDLE)
			conn_wake(w, c);
	}
	if (w->session->pass_ended)
		w->session->pass_ended(w);
	if (w->plan->new_connections > 0)
		renew_begin(w);
}

static bool work_left(const struct worker *w)
{
	return w->now_ns < w->deadline_ns &&
	       (w->plan->duration_ns || w->tally.in_flight || budget_any(&w->run->budget, w->share));
}

/* True: nothing is left to do. False: a connection has arrived with work. No worker passes anything to one
 * that is closing, so only what is already on its way can still arrive. */
static bool nothing_comes(struct worker *w)
{
	if (!w->moves && !w->joins)
		return true;
	__atomic_store_n(&w->closing, true, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&w->run->passing, __ATOMIC_SEQ_CST))
		worker_turn(w, w->now_ns + 100 * NS_PER_US);
	if (!work_left(w))
		return true;
	__atomic_store_n(&w->closing, false, __ATOMIC_SEQ_CST);
	return false;
}

static void run_until_deadline(struct worker *w)
{
	do {
		while (work_left(w)) {
			worker_turn(w, w->deadline_ns);
			w->deadline_ns = __atomic_load_n(&w->run->deadline_ns, __ATOMIC_RELAXED);
		}
	} while (!nothing_comes(w));
}

static void drain(struct worker *w)
{
	uint64_t end = w->deadline_ns > UINT64_MAX - w->plan->drain_cap_ns
			   ? UINT64_MAX
			   : w->deadline_ns + w->plan->drain_cap_ns;

	w->phase = WORKER_DRAINING;
	while ((w->tally.in_flight || w->passing) && w->now_ns < end &&
	       !__atomic_load_n(&w->run->hurry, __ATOMIC_RELAXED)) {
		worker_turn(w, end);
		w->drained_ns = w->tally.last_end_ns;
	}
	if (w->tally.in_flight)
		w->drained_ns = w->now_ns;
	while (w->passing) /* the kernel needs no peer for that */
		worker_turn(w, w->now_ns + NS_PER_MS);
	for (uint32_t i = 0; i < w->slot_count; i++)
		w->session->run_over(w, &w->conns[i]);
}

static void measure_end(struct worker *w)
{
	w->cpu_end_ns = clock_thread_cpu_ns();
	w->run_end_ns = clock_now_ns();
	thread_pressure_end(&w->pressure, "");
	tally_ring(&w->tally, w->ring.sq_full, w->ring.cq_overflows);
}

/* A write to a registered buffer's socket cannot carry MSG_NOSIGNAL. */
static void block_sigpipe(void)
{
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
}

/* No worker passes anything to this ring any more, and what was on its way has arrived. Each side announces
 * this before it checks whether the other has. */
static void refuse_connections(struct worker *w)
{
	__atomic_store_n(&w->closing, true, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&w->run->passing, __ATOMIC_SEQ_CST))
		sched_yield();
}

/* The worker could not be set up. If it was only to join, the run continues without it. */
static void fail(struct worker *w, const struct vastar_error *error)
{
	if (w->joins)
		__atomic_store_n(&w->failed, true, __ATOMIC_RELEASE);
	else
		run_fail(w->run, error);
}

void *worker_main(void *worker)
{
	struct worker *w = worker;
	struct vastar_error error = {VASTAR_E_SYSTEM, ""};

	block_sigpipe();
	nodes_stay("", w->run->cpu, w->index);
	w->session = session_of(w->plan);
	if (!worker_allocate(w)) {
		err_nomem(&error, "connections");
		fail(w, &error);
	} else if (worker_open(w, &error)) {
		fail(w, &error);
	} else {
		if (!w->joins)
			connect_all(w);
		if (w->joins || run_start_line(w->run, w->features, w->open)) {
			begin_run(w);
			__atomic_store_n(&w->ready, true, __ATOMIC_RELEASE);
			run_until_deadline(w);
			conn_adopt_schedule(w);
			worker_count_unsent(w);
			if (w->plan->new_connections > 0)
				renew_end(w);
			measure_end(w);
			drain(w);
			budget_return(&w->run->budget, &w->share);
		}
		refuse_connections(w);
		worker_close(w);
	}
	worker_release(w);
	run_worker_ended(w->run);
	return NULL;
}
