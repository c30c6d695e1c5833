/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/conn_move.h"

#include <stdlib.h>
#include <string.h>

#include "engine/conn_internal.h"
#include "io/uapi.h"

/* A schedule is not divided this shortly before its end: the message would reach the other worker too
 * late. */
#define SPLIT_BEFORE_END_NS (20 * NS_PER_MS)

/* What moves together with a socket. */
struct handed {
	struct conn conn;
	struct wrap wrap;
	struct logged_conn logged;
	uint32_t pick;	/* of the mixer */
	uint64_t share; /* requests of -n that its worker has taken and not sent */
};

bool move_prepare(struct worker *a, uint32_t first, struct worker *b, uint32_t count)
{
	struct worker *both[] = {a, b};

	for (unsigned i = 0; i < 2; i++) {
		struct worker *w = both[i];

		if (!w->places)
			w->places = calloc(w->conn_count, sizeof(*w->places));
		if (!w->incoming)
			w->incoming = calloc(w->conn_count, sizeof(*w->incoming));
		if (!w->unsettled)
			w->unsettled = calloc(w->conn_count, sizeof(*w->unsettled));
		if (!w->places || !w->incoming || !w->unsettled)
			return false;
	}
	if (a->places[first].worker == b) /* they have moved before */
		return true;
	for (uint32_t i = 0; i < count; i++) {
		a->places[first + i] = (struct place){b, i};
		b->places[i] = (struct place){a, first + i};
	}
	return true;
}

void move_keep(struct worker *w, uint32_t count)
{
	__atomic_store_n(&w->keep_wanted, count, __ATOMIC_RELEASE);
}

uint32_t move_kept(const struct worker *w)
{
	return __atomic_load_n(&w->keep_wanted, __ATOMIC_RELAXED);
}

uint32_t move_owned(const struct worker *w)
{
	return __atomic_load_n(&w->owned, __ATOMIC_RELAXED);
}

void move_end(struct worker *w)
{
	for (uint32_t i = 0; w->incoming && i < w->conn_count; i++) {
		struct handed *handed = __atomic_exchange_n(&w->incoming[i], NULL, __ATOMIC_ACQUIRE);

		if (handed && handed->wrap.channel)
			w->run->transport->end(handed->wrap.channel);
		if (handed && w->session->release)
			w->session->release(&handed->conn);
		free(handed);
	}
	free(__atomic_exchange_n(&w->incoming_arrivals, NULL, __ATOMIC_ACQUIRE));
}

void move_free(struct worker *w)
{
	free(w->incoming);
	free(w->places);
	free(w->unsettled);
}

static void count_owned(struct worker *w, int more)
{
	__atomic_store_n(&w->owned, w->owned + (uint32_t)more, __ATOMIC_RELAXED);
}

/* ---- leaving ---- */

void move_check(struct worker *w)
{
	uint32_t keep = __atomic_load_n(&w->keep_wanted, __ATOMIC_ACQUIRE);

	if (keep == w->keep && !w->recheck)
		return;
	w->recheck = false;
	w->keep = keep;
	w->moves = true;
	for (uint32_t i = 0; i < w->conn_count; i++) {
		struct conn *c = &w->conns[i];

		if (i >= keep && c->away && w->session->recall)
			w->session->recall(w, c);
		c->leaving = i >= keep && !c->away;
		if (!c->leaving || c->flags & CONN_PENDING)
			continue;
		if (c->state == CONN_IDLE) /* the session knows when nothing is in flight on it */
			w->session->may_send(w, c);
		else if (c->state == CONN_CLOSED)
			conn_leave(w, c);
	}
}

/* The connection stays: the worker keeps it after all, or the run is over. */
static void stay(struct worker *w, struct conn *c)
{
	c->state = c->file >= 0 ? CONN_IDLE : CONN_CLOSED;
	if (c->state == CONN_IDLE)
		w->session->may_send(w, c);
	else
		conn_open_if_wanted(w, c);
}

static bool fill_in(struct worker *w, const struct conn *c, const struct place *place)
{
	struct handed *handed = malloc(sizeof(*handed));

	if (!handed)
		return false;
	*handed = (struct handed){.conn = *c, .pick = mixer_pick(&w->mixer, conn_index(w, c))};
	if (c->wrapped)
		handed->wrap = w->wraps[conn_index(w, c)];
	if (w->tally.log)
		handed->logged = exchange_log_take(w->tally.log, conn_index(w, c));
	/* A connection that moves has just worked, but those that stay may be stuck. So the share moves
	 * too. */
	handed->share = w->share;
	w->share = 0;
	/* The message that announces it passes through the kernel after this store. */
	__atomic_store_n(&place->worker->incoming[place->slot], handed, __ATOMIC_RELEASE);
	return true;
}

/* The message alone is enough for a connection without a socket, and for ordinary descriptors, which all
 * threads share. */
static void pass(struct worker *w, struct conn *c, const struct place *place)
{
	int ring = place->worker->ring.uring.ring_fd;
	uint64_t there = ring_tag(OP_ADOPT, 0, place->slot);
	struct io_uring_sqe *sqe = ring_sqe(&w->ring);

	if (c->file >= 0 && file_flag(w))
		uring_prep_msg_fd(sqe, ring, c->file, place->slot, there);
	else
		io_uring_prep_msg_ring(sqe, ring, 0, there, 0);
	sqe->user_data = tag(w, c, OP_PASS);
	c->state = CONN_PASSING;
	w->passing++;
}

void conn_try_pass(struct worker *w, struct conn *c)
{
	const struct place *place = &w->places[conn_index(w, c)];

	if (c->flags & (CONN_RECEIVING | CONN_SENDING) || w->unwrapping)
		return;
	if (c->leaving && __atomic_load_n(&place->worker->unsettled[place->slot], __ATOMIC_ACQUIRE)) {
		/* It came from that worker, which has not seen the completion yet: try again a little
		 * later. */
		c->leaving = false;
		w->recheck = true;
		stay(w, c);
		return;
	}
	/* The other ring stays open while a connection may be on its way to it: see worker_main(). */
	__atomic_fetch_add(&w->run->passing, 1, __ATOMIC_SEQ_CST);
	if (c->leaving && w->phase == WORKER_RUNNING &&
	    !__atomic_load_n(&place->worker->closing, __ATOMIC_SEQ_CST) && fill_in(w, c, place)) {
		__atomic_store_n(&w->unsettled[conn_index(w, c)], true, __ATOMIC_RELAXED);
		pass(w, c, place);
		return;
	}
	__atomic_fetch_sub(&w->run->passing, 1, __ATOMIC_SEQ_CST);
	c->leaving = false;
	stay(w, c);
}

void conn_leave(struct worker *w, struct conn *c)
{
	timer_cancel(&w->timers, conn_index(w, c));
	if (c->state == CONN_IDLE)
		c->state = CONN_LEAVING;
	if (c->flags & CONN_RECEIVING)
		conn_cancel_receive(w, c);
	conn_try_pass(w, c);
}

/* The worker that takes the first connection of a range also takes half of this worker's schedule. */
static void pass_schedule(struct worker *w, struct worker *to)
{
	struct arrivals *half = malloc(sizeof(*half));
	struct io_uring_sqe *sqe;

	if (!half)
		return;
	arrivals_split(&w->arrivals, half);
	w->due = w->arrivals;
	__atomic_store_n(&to->incoming_arrivals, half, __ATOMIC_RELEASE);
	sqe = ring_sqe(&w->ring);
	io_uring_prep_msg_ring(sqe, to->ring.uring.ring_fd, 0, ring_tag(OP_ADOPT_SCHEDULE, 0, 0), 0);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	sqe->user_data = ring_tag(OP_SCHEDULE, 0, 0);
}

/* A worker that joins gets a part of the schedule once, from its partner. */
static bool takes_schedule(const struct worker *w, struct worker *to)
{
	return to->joins && to->partner == w->index && w->now_ns + SPLIT_BEFORE_END_NS < w->deadline_ns &&
	       !__atomic_exchange_n(&to->got_schedule, true, __ATOMIC_RELAXED);
}

/* All effects of a move are complete, or are queued before anything that comes back. */
static void settle(struct worker *w, const struct conn *c)
{
	__atomic_store_n(&w->unsettled[conn_index(w, c)], false, __ATOMIC_RELEASE);
	__atomic_fetch_sub(&w->run->passing, 1, __ATOMIC_SEQ_CST);
}

void conn_on_passed(struct worker *w, struct conn *c, int res)
{
	const struct place *place = &w->places[conn_index(w, c)];

	w->passing--;
	c->leaving = false;
	if (res < 0) {
		struct handed *handed =
		    __atomic_exchange_n(&place->worker->incoming[place->slot], NULL, __ATOMIC_ACQ_REL);

		w->share += handed ? handed->share : 0;
		free(handed);
		__atomic_store_n(&w->run->move_failed, true, __ATOMIC_RELAXED);
		settle(w, c);
		stay(w, c);
		return;
	}
	if (c->file >= 0) {
		worker_opened(w, -1);
		if (file_flag(w)) {
			/* The other ring's table now holds the socket. */
			struct io_uring_sqe *sqe = ring_sqe(&w->ring);

			io_uring_prep_close_direct(sqe, (unsigned)c->file);
			sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
			sqe->user_data = tag(w, c, OP_CLOSE);
			ring_submit(&w->ring); /* before the slot can be filled again */
		}
	}
	c->generation++;
	c->file = -1;
	c->state = CONN_CLOSED;
	c->flags = 0;
	if (c->wrapped) /* its channel has moved with it */
		w->wraps[conn_index(w, c)] = (struct wrap){0};
	c->wrapped = false;
	memset(c->session, 0, sizeof(c->session)); /* what it points to has moved as well */
	c->away = true;
	count_owned(w, -1);
	if (w->plan->pace.kind == PACE_OPEN && takes_schedule(w, place->worker))
		pass_schedule(w, place->worker);
	settle(w, c);
}

/* ---- arriving ---- */

void conn_adopt(struct worker *w, struct conn *c)
{
	uint32_t index = conn_index(w, c), generation = c->generation;
	bool listed = c->listed, open;
	struct handed *handed;

	move_check(w); /* a worker without connections has not read its clock for a while */
	handed = __atomic_exchange_n(&w->incoming[index], NULL, __ATOMIC_ACQUIRE);
	if (!handed)
		return;
	*c = handed->conn;
	if (w->mixer.picks)
		w->mixer.picks[index] = handed->pick;
	open = c->file >= 0;
	c->generation = generation + 1;
	c->file = !open ? -1 : file_flag(w) ? (int32_t)index : c->file;
	c->state = open ? CONN_IDLE : CONN_CLOSED;
	c->away = false;
	c->leaving = index >= w->keep;
	c->listed = listed;
	if (c->wrapped)
		conn_wrap_adopt(w, c, &handed->wrap);
	if (w->tally.log)
		exchange_log_put(w->tally.log, index, &handed->logged);
	count_owned(w, 1);
	w->share += handed->share;
	if (open) {
		worker_opened(w, 1);
		w->session->may_send(w, c);
	} else if (w->plan->pace.kind == PACE_CONNECTION && c->exchange.due_ns > w->now_ns) {
		timer_set(&w->timers, index, c->exchange.due_ns);
	} else {
		conn_open_if_wanted(w, c);
	}
	free(handed);
}

void conn_adopt_schedule(struct worker *w)
{
	struct arrivals *half = __atomic_exchange_n(&w->incoming_arrivals, NULL, __ATOMIC_ACQUIRE);

	if (!half)
		return;
	w->arrivals = w->due = *half;
	free(half);
}
