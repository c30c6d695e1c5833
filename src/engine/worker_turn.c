/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * One turn of a worker's loop: it waits, handles the completions, sends what follows from them, and checks
 * the clock now and then.
 */
#include "engine/worker_turn.h"

#include "engine/conn_move.h"
#include "engine/renew.h"
#include "io/stamp.h"

enum {
	CHECK_EVERY_MS = 5, /* stop flag, dead target */
	CHECK_IDLE_EVERY_MS = 20,
	GIVE_UP_AFTER_S = 2, /* without any connection */
};

/* ---- completions ---- */

static void on_received(struct worker *w, struct bufring *buffers, struct conn *c,
			const struct io_uring_cqe *cqe)
{
	bool has_buffer = cqe->flags & IORING_CQE_F_BUFFER;
	uint32_t id = cqe->flags >> IORING_CQE_BUFFER_SHIFT;

	const char *bytes = has_buffer ? bufring_at(buffers, id) : NULL;
	uint32_t length = cqe->res > 0 ? (uint32_t)cqe->res : 0;
	bool opened = !w->stamped || !length || stamp_open(&bytes, &length, &w->tally.kernel_wait_ns);

	if (c)
		conn_on_received(w, c,
				 cqe->res < 0 ? cqe->res
				 : opened     ? (int)length
					      : -EIO,
				 bytes, cqe->flags & IORING_CQE_F_MORE);
	w->tally.kernel_wait_ns = 0;
	if (has_buffer) /* even when the connection that it was for is gone */
		bufring_return(buffers, id);
}

static void handle_cqe(struct worker *w, const struct io_uring_cqe *cqe)
{
	uint64_t tag = cqe->user_data;
	struct conn *c = &w->conns[ring_tag_index(tag)];

	if ((c->generation & 0xffffff) != ring_tag_generation(tag))
		c = NULL; /* it belongs to a socket that was closed meanwhile */
	switch ((enum worker_op)ring_tag_op(tag)) {
	case OP_RECV:
		on_received(w, &w->small, c, cqe);
		break;
	case OP_RECV_LARGE:
		on_received(w, &w->large, c, cqe);
		break;
	case OP_SEND:
		if (c)
			conn_on_sent(w, c, cqe->res);
		break;
	case OP_DROP:
		if (c)
			conn_on_dropped_bytes(w, c, cqe->res);
		break;
	case OP_CONNECT:
		if (c)
			conn_on_connect(w, c, cqe->res);
		break;
	case OP_SOCKET:
		if (c)
			conn_on_socket(w, c, cqe->res);
		break;
	case OP_PASS:
		if (c)
			conn_on_passed(w, c, cqe->res);
		break;
	case OP_ADOPT: /* the sender does not know the generation of the slot */
		conn_adopt(w, &w->conns[ring_tag_index(tag)]);
		break;
	case OP_ADOPT_SCHEDULE:
		conn_adopt_schedule(w);
		break;
	case OP_SCHEDULE:   /* the other worker checks for itself now and then */
	case OP_SETSOCKOPT: /* an option that the kernel refuses is skipped */
	case OP_CANCEL:	    /* nothing was left to cancel */
	case OP_CLOSE:
		break;
	}
}

static void rearm_starved(struct worker *w)
{
	uint32_t count = w->starved_count;

	w->starved_count = 0;
	for (uint32_t i = 0; i < count; i++)
		conn_rearm(w, &w->conns[w->starved[i]]);
}

static void process_completions(struct worker *w)
{
	struct io_uring_cq *cq = &w->ring.uring.cq;
	uint32_t ready = io_uring_cq_ready(&w->ring.uring), head = *cq->khead, mask = *cq->kring_mask;
	uint64_t began_ns = clock_now_ns();

	w->now_ns = began_ns;
	tally_pass_began(&w->tally);
	for (uint32_t i = 0; i < ready; i++) {
		w->now_ns = clock_now_ns();
		handle_cqe(w, &cq->cqes[(head + i) & mask]);
	}
	io_uring_cq_advance(&w->ring.uring, ready);
	bufring_commit(&w->small);
	if (w->large.ring)
		bufring_commit(&w->large);
	if (w->starved_count)
		rearm_starved(w);
	if (w->session->pass_ended)
		w->session->pass_ended(w);
	tally_pass_ended(&w->tally, began_ns, w->now_ns);
}

/* ---- the passing of time ---- */

static uint32_t open_everywhere(const struct vastar_run *run)
{
	uint32_t open = 0;

	for (uint32_t i = 0; i < run_workers(run); i++)
		open += __atomic_load_n(&run->workers[i]->open, __ATOMIC_RELAXED);
	return open;
}

/* No connection for too long: the requests still to be sent count as failed to connect, and the run ends.
 * A run by time continues, because the target may come back, unless the target was never there. */
static void give_up_on_dead_target(struct worker *w)
{
	uint64_t rest;

	if (w->open || !w->owned) /* a worker without connections cannot tell */
		w->last_open_ns = w->now_ns;
	if (w->now_ns - w->last_open_ns < GIVE_UP_AFTER_S * NS_PER_S || open_everywhere(w->run))
		return;
	if (w->plan->duration_ns && __atomic_load_n(&w->run->connected, __ATOMIC_RELAXED))
		return;
	if (!w->plan->duration_ns) {
		rest = w->share + budget_claim(&w->run->budget, UINT64_MAX);
		w->share = 0;
		tally_untried(&w->tally, w->now_ns, rest);
	}
	__atomic_store_n(&w->run->gave_up, true, __ATOMIC_RELAXED);
	run_end_at(w->run, w->now_ns);
}

/* The warm-up, if there was one, is over. */
void worker_begin_measuring(struct worker *w)
{
	w->measuring = true;
	w->begun_ns = w->now_ns;
	thread_pressure_begin(&w->pressure, "");
	w->cpu_start_ns = clock_thread_cpu_ns();
	w->spun_start_ns = w->waiter.spun_ns;
}

static void check(struct worker *w)
{
	/* A worker without work must not take processor time from the others. */
	uint64_t every = (w->owned ? CHECK_EVERY_MS : CHECK_IDLE_EVERY_MS) * NS_PER_MS;

	w->next_check_ns = w->now_ns + every;
	if (w->phase == WORKER_RUNNING) {
		move_check(w);
		conn_adopt_schedule(w); /* usually there is none */
	}
	if (w->phase == WORKER_RUNNING && !w->measuring && w->now_ns >= w->tally.measured_ns)
		worker_begin_measuring(w);
	if (__atomic_load_n(&w->run->stop, __ATOMIC_RELAXED))
		run_end_at(w->run, w->now_ns);
	if (w->phase == WORKER_RUNNING)
		give_up_on_dead_target(w);
	if (w->plan->new_connections > 0 && w->phase == WORKER_RUNNING)
		renew_due(w);
	if (!w->plan->timeout_ns || w->now_ns < w->next_timeouts_ns)
		return;
	/* A timeout is late by a twentieth at most. A look at ten thousand connections every 100 ms costs
	 * a thousandth of the time. */
	w->next_timeouts_ns =
	    w->now_ns +
	    (w->plan->timeout_ns / 20 < 100 * NS_PER_MS ? w->plan->timeout_ns / 20 : 100 * NS_PER_MS);
	for (uint32_t i = 0; i < w->slot_count; i++)
		conn_check_time(w, &w->conns[i]);
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* ---- open loop ---- */

/* Sends the requests that are due, on the free connections. */
static void send_due(struct worker *w)
{
	uint32_t index;

	while (w->due.next_ns <= w->now_ns && w->due.next_ns < w->deadline_ns)
		arrivals_take(&w->due);
	while (w->arrivals.next_ns <= w->now_ns && conn_idle_pop(w, &index)) {
		if (!w->session->send_due(w, &w->conns[index], w->arrivals.next_ns)) {
			conn_idle_push(w, &w->conns[index]);
			return;
		}
		tally_gap(&w->tally, w->now_ns, w->arrivals.stride);
		arrivals_take(&w->arrivals);
	}
	if (w->due.taken > w->arrivals.taken)
		tally_backlog(&w->tally, w->now_ns, w->due.taken - w->arrivals.taken);
}

/* The time is over: requests that were due and found no connection are counted, with the time that they
 * have waited. */
void worker_count_unsent(struct worker *w)
{
	if (w->plan->pace.kind != PACE_OPEN || w->deadline_ns == UINT64_MAX)
		return;
	for (; w->arrivals.next_ns < w->deadline_ns; arrivals_take(&w->arrivals))
		tally_unsent(&w->tally, w->arrivals.next_ns, w->deadline_ns);
}

/* When the worker has to be awake without a completion. */
static uint64_t next_tick(const struct worker *w)
{
	uint64_t timer_ns = timer_next(&w->timers);

	if (w->plan->pace.kind != PACE_OPEN || !w->idle_count || w->phase != WORKER_RUNNING)
		return timer_ns;
	return earliest(timer_ns, w->arrivals.next_ns);
}

/* How many completions are worth waiting for together. */
static uint32_t completions_expected(const struct worker *w)
{
	return w->session->several ? w->open : w->tally.in_flight + w->tally.sends;
}

/* One turn: waits until something happens or until `until_ns`, and handles it. */
void worker_turn(struct worker *w, uint64_t until_ns)
{
	uint64_t tick_ns = next_tick(w);
	uint32_t index;

	until_ns = earliest(until_ns, w->next_check_ns);
	if (w->plan->pace.kind != PACE_CLOSED && tick_ns <= until_ns)
		waiter_wait_for_tick(&w->waiter, &w->ring, tick_ns);
	else
		waiter_wait(&w->waiter, &w->ring, w->now_ns, earliest(until_ns, tick_ns),
			    completions_expected(w));
	process_completions(w);
	while (w->phase != WORKER_CONNECTING && timer_pop(&w->timers, w->now_ns, &index))
		conn_wake(w, &w->conns[index]);
	if (w->plan->pace.kind == PACE_OPEN && w->phase == WORKER_RUNNING)
		send_due(w);
	if (w->now_ns >= w->next_check_ns)
		check(w);
}
