/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The loop of a worker: wait, take what has come, send what follows from it, and now and then look at the
 * clock. It ends when the last request is answered, when the drain time is over, or when there is nobody to
 * talk to.
 */
#include "engine/worker.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "engine/conn_move.h"
#include "engine/conn_wrap.h"
#include "io/stamp.h"

enum {
	CONNECTS_AT_ONCE = 256, /* in all workers together: a listen backlog is rarely longer */
	SMALL_BUFFERS_MIN = 64,
	SMALL_BUFFERS_MAX = 1024,
	SQ_ENTRIES_MIN = 64,
	SQ_ENTRIES_MAX = 1024,
	/* A write from a registered buffer takes the way of files through the kernel, which costs a short
	 * request 3 to 5 % of the rate against a plain send; from here on the copy is what counts, and the
	 * two are equal. */
	REGISTERED_REQUEST_MIN = 4 * 1024,
	REGISTERED_REQUEST_MAX = 64 * 1024, /* locked memory is scarce for plain users */
	CHECK_EVERY_MS = 5,		    /* stop flag, dead target */
	CHECK_IDLE_EVERY_MS = 20,
	GIVE_UP_AFTER_S = 2, /* without any connection */
};

static uint32_t power_of_two(uint32_t at_least)
{
	uint32_t power = 1;

	while (power < at_least)
		power *= 2;
	return power;
}

static uint32_t clamp(uint32_t value, uint32_t low, uint32_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* ---- set up ---- */

static bool register_request(struct worker *w)
{
	const struct request *request = &w->plan->request;
	struct iovec bytes = {.iov_base = request->bytes, .iov_len = request->length};

	return !w->session->several && w->transport->plain && w->ring.features & RING_FIXED_BUFFERS &&
	       request->length >= REGISTERED_REQUEST_MIN && request->length <= REGISTERED_REQUEST_MAX &&
	       !io_uring_register_buffers(&w->ring.uring, &bytes, 1);
}

static int worker_open(struct worker *w, struct vastar_error *err)
{
	uint32_t sq = clamp(power_of_two(w->conn_count), SQ_ENTRIES_MIN, SQ_ENTRIES_MAX);
	struct ring_config config = {
	    .sq_entries = sq, .cq_entries = 4 * sq, .files = w->conn_count, .disabled = w->run->disabled};
	int rc;

	if (w->tally.log) /* it wants ordinary sockets: exchange_log.h */
		config.disabled |= RING_DIRECT_SOCKETS;
	rc = ring_open(&w->ring, &config, err);

	if (rc)
		return rc;
	w->features = w->ring.features;
	w->stamped = w->plan->kernel_timestamps && w->ring.features & RING_MULTISHOT;
	rc = bufring_open(&w->small, &w->ring, GROUP_SMALL,
			  clamp(power_of_two(2 * w->conn_count), SMALL_BUFFERS_MIN, SMALL_BUFFERS_MAX),
			  w->session->small_buffer, err);
	if (!rc)
		rc = conn_wrap_open(w, err);
	if (rc) {
		bufring_close(&w->small, &w->ring);
		ring_close(&w->ring);
		return rc;
	}
	w->one_buffer = register_request(w);
	if (!w->one_buffer)
		w->features &= ~(uint32_t)RING_FIXED_BUFFERS;
	return 0;
}

static bool worker_allocate(struct worker *w)
{
	w->conns = aligned_alloc(CACHE_LINE, w->conn_count * sizeof(*w->conns));
	w->starved = calloc(w->conn_count, sizeof(*w->starved));
	w->idle = calloc(w->conn_count, sizeof(*w->idle));
	w->hops = calloc(w->conn_count, sizeof(*w->hops));
	if (!w->conns || !w->starved || !w->idle || !w->hops || !timer_init(&w->timers, w->conn_count) ||
	    !tally_init(&w->tally, w->plan, w->shard, w->warm_shard, &w->run->log_budget, w->conn_count) ||
	    !w->session->open(w))
		return false;
	memset(w->conns, 0, w->conn_count * sizeof(*w->conns));
	for (uint32_t i = 0; i < w->conn_count; i++) {
		w->conns[i].file = -1;
		w->conns[i].away = w->joins;
	}
	w->keep = w->keep_wanted;
	w->owned = w->joins ? 0 : w->conn_count;
	w->body_average = UINT32_MAX;
	router_init(&w->router, w->plan);
	return true;
}

static void worker_close(struct worker *w)
{
	bufring_close(&w->small, &w->ring);
	bufring_close(&w->large, &w->ring);
	ring_close(&w->ring);
	move_end(w);
	conn_wrap_close(w); /* sends that were under way have read from its memory */
}

static void worker_release(struct worker *w)
{
	router_deinit(&w->router);
	timer_deinit(&w->timers);
	tally_deinit(&w->tally);
	w->session->close(w);
	for (uint32_t i = 0; w->hops && i < w->conn_count; i++)
		free(w->hops[i]);
	free(w->hops);
	free(w->conns);
	free(w->starved);
	free(w->idle);
	w->conns = NULL;
}

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
	if (has_buffer) /* also when the connection that it was for is gone */
		bufring_return(buffers, id);
}

static void handle_cqe(struct worker *w, const struct io_uring_cqe *cqe)
{
	uint64_t tag = cqe->user_data;
	struct conn *c = &w->conns[ring_tag_index(tag)];

	if ((c->generation & 0xffffff) != ring_tag_generation(tag))
		c = NULL; /* of a socket that was closed meanwhile */
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
	case OP_ADOPT: /* its sender does not know the generation of the slot */
		conn_adopt(w, &w->conns[ring_tag_index(tag)]);
		break;
	case OP_ADOPT_SCHEDULE:
		conn_adopt_schedule(w);
		break;
	case OP_SCHEDULE:   /* the other worker looks for itself now and then */
	case OP_SETSOCKOPT: /* an option that is refused is done without */
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

/* Nobody to talk to for too long: what was still to be sent counts as failed to connect, and the run ends. A
 * run by time goes on, for the target may come back, unless it was never there. */
static void give_up_on_dead_target(struct worker *w)
{
	uint64_t rest;

	if (w->open)
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
static void begin_measuring(struct worker *w)
{
	w->measuring = true;
	thread_pressure_begin(&w->pressure, "");
	w->begun_ns = w->now_ns;
	w->cpu_start_ns = clock_thread_cpu_ns();
	w->spun_start_ns = w->waiter.spun_ns;
}

static void check(struct worker *w)
{
	/* A worker that has nothing to do is not to take time from the others. */
	uint64_t every = (w->owned ? CHECK_EVERY_MS : CHECK_IDLE_EVERY_MS) * NS_PER_MS;

	w->next_check_ns = w->now_ns + every;
	if (w->phase == WORKER_RUNNING) {
		move_check(w);
		conn_adopt_schedule(w); /* usually there is none */
	}
	if (w->phase == WORKER_RUNNING && !w->measuring && w->now_ns >= w->tally.measured_ns)
		begin_measuring(w);
	if (__atomic_load_n(&w->run->stop, __ATOMIC_RELAXED))
		run_end_at(w->run, w->now_ns);
	if (w->phase == WORKER_RUNNING)
		give_up_on_dead_target(w);
	if (!w->plan->timeout_ns || w->now_ns < w->next_timeouts_ns)
		return;
	/* Late by a twentieth at most, and a look at ten thousand connections every 100 ms costs a
	 * thousandth. */
	w->next_timeouts_ns =
	    w->now_ns +
	    (w->plan->timeout_ns / 20 < 100 * NS_PER_MS ? w->plan->timeout_ns / 20 : 100 * NS_PER_MS);
	for (uint32_t i = 0; i < w->conn_count; i++)
		conn_check_time(w, &w->conns[i]);
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* ---- open loop ---- */

/* Sends what is due, on the connections that are free. */
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

/* The time is over: what was due and found no connection is counted with the time that it has waited. */
static void count_unsent(struct worker *w)
{
	if (w->plan->pace.kind != PACE_OPEN || w->deadline_ns == UINT64_MAX)
		return;
	for (; w->arrivals.next_ns < w->deadline_ns; arrivals_take(&w->arrivals))
		tally_unsent(&w->tally, w->arrivals.next_ns, w->deadline_ns);
}

/* When the worker has to be awake on its own account. */
static uint64_t next_tick(const struct worker *w)
{
	uint64_t timer_ns = timer_next(&w->timers);

	if (w->plan->pace.kind != PACE_OPEN || !w->idle_count || w->phase != WORKER_RUNNING)
		return timer_ns;
	return earliest(timer_ns, w->arrivals.next_ns);
}

/* How many are worth waiting for together. */
static uint32_t completions_expected(const struct worker *w)
{
	return w->session->several ? w->open : w->tally.in_flight + w->tally.sends;
}

/* One turn: waits until something happens or `until_ns`, and handles it. */
static void turn(struct worker *w, uint64_t until_ns)
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

/* ---- phases ---- */

static void connect_all(struct worker *w)
{
	uint32_t at_once = clamp(CONNECTS_AT_ONCE / w->run->worker_count, 1, CONNECTS_AT_ONCE);

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
			turn(w, UINT64_MAX);
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
		begin_measuring(w);
	w->tally.schedule_ns = w->run->start_ns - w->plan->warmup_ns;
	if (w->joins) {
		w->arrivals.next_ns = w->due.next_ns = UINT64_MAX; /* until it is given a part of another's */
	} else if (w->plan->pace.kind == PACE_OPEN) {
		arrivals_init(&w->arrivals, w->plan->arrivals, &w->plan->schedule, w->plan->seed,
			      w->tally.schedule_ns, w->index, w->run->worker_count);
		w->due = w->arrivals;
	}
	for (uint32_t i = 0; i < w->conn_count; i++) {
		struct conn *c = &w->conns[i];

		c->exchange.due_ns =
		    pace_first(&w->plan->pace, w->first_conn + i, w->plan->connections, w->tally.schedule_ns);
		if (c->state == CONN_IDLE)
			conn_wake(w, c);
	}
	if (w->session->pass_ended)
		w->session->pass_ended(w);
}

static bool work_left(const struct worker *w)
{
	return w->now_ns < w->deadline_ns &&
	       (w->plan->duration_ns || w->tally.in_flight || budget_any(&w->run->budget, w->share));
}

/* There is nothing to do here. False: a connection has come, and brought work along. Nobody passes anything
 * to a worker that is closing, so that what is under way now is all there is. */
static bool nothing_comes(struct worker *w)
{
	if (!w->moves && !w->joins)
		return true;
	__atomic_store_n(&w->closing, true, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&w->run->passing, __ATOMIC_SEQ_CST))
		turn(w, w->now_ns + 100 * NS_PER_US);
	if (!work_left(w))
		return true;
	__atomic_store_n(&w->closing, false, __ATOMIC_SEQ_CST);
	return false;
}

static void run_until_deadline(struct worker *w)
{
	do {
		while (work_left(w)) {
			turn(w, w->deadline_ns);
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
	while ((w->tally.in_flight || w->passing) && w->now_ns < end) {
		turn(w, end);
		w->drained_ns = w->tally.last_end_ns;
	}
	if (w->tally.in_flight)
		w->drained_ns = w->now_ns;
	while (w->passing) /* the kernel needs no peer for that */
		turn(w, w->now_ns + NS_PER_MS);
	for (uint32_t i = 0; i < w->conn_count; i++)
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

/* Nobody passes anything to this ring any more, and what is under way has arrived. Each of both sides says so
 * before it looks whether the other has. */
static void refuse_connections(struct worker *w)
{
	__atomic_store_n(&w->closing, true, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&w->run->passing, __ATOMIC_SEQ_CST))
		sched_yield();
}

/* It could not be set up. Without one that only joins, the run goes on as before. */
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
	w->session = session_of(w->plan);
	w->transport = transport_of(w->plan);
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
			count_unsent(w);
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
