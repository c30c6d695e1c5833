/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Connections move between workers during the run. The server does not notice: the socket itself goes from
 * one ring's file table into the other's (IORING_OP_MSG_RING with a descriptor), between two exchanges.
 *
 * Connections are not moved one by one. Each worker gets the number of slots to keep. Each slot has one
 * other place, in another worker: a connection whose slot is not kept goes there as soon as no exchange is
 * under way on it. To undo a step, tell the old numbers again.
 *
 * The usual way: move_keep(); conn_leave() from the session, when the connection is idle; its receive is
 * cancelled; conn_try_pass(); conn_on_passed() in this worker, and conn_adopt() in the other.
 */
#ifndef VASTAR_ENGINE_CONN_MOVE_H
#define VASTAR_ENGINE_CONN_MOVE_H

#include <stdbool.h>
#include <stdint.h>

struct conn;
struct worker;

/* The other place of a slot. */
struct place {
	struct worker *worker;
	uint32_t slot;
};

/* Called from another thread: prepares for moves between `a` and `b`, which are both running. The `count`
 * slots of `a` from `first` on and those of `b` from 0 on become each other's other places. False: out of
 * memory. */
bool move_prepare(struct worker *a, uint32_t first, struct worker *b, uint32_t count);

/* Called from another thread: tells the worker to keep its first `count` slots. */
void move_keep(struct worker *w, uint32_t count);
uint32_t move_kept(const struct worker *w); /* the number given last */

/* Called from another thread: how many connections, closed ones included, the worker has now. */
uint32_t move_owned(const struct worker *w);

/* Called in the worker: checks whether it has been told to keep another number of slots. */
void move_check(struct worker *w);

/* Lets a connection go that has no exchange in flight and whose slot is not kept. */
void conn_leave(struct worker *w, struct conn *c);

/* An operation of a connection that is leaving has ended. If that was the last one, the connection can go. */
void conn_try_pass(struct worker *w, struct conn *c);

/* Completions: the connection is in the other ring, or not (res < 0); a connection has arrived from another
 * worker; a part of its schedule has arrived. */
void conn_on_passed(struct worker *w, struct conn *c, int res);
void conn_adopt(struct worker *w, struct conn *c);
void conn_adopt_schedule(struct worker *w);

/* Called in the worker, which takes no more connections: releases those that came too late. */
void move_end(struct worker *w);

/* Called from another thread, after the worker's thread has ended. */
void move_free(struct worker *w);

#endif
