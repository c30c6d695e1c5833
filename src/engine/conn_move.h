/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Connections move from worker to worker while the run goes on. The server sees nothing of it: the socket
 * itself goes from one ring's file table into the other's (IORING_OP_MSG_RING with a descriptor), between two
 * exchanges.
 *
 * Nobody moves a single connection. A worker is told how many of its slots it keeps. Each slot has one other
 * place, in another worker: a connection whose slot is not kept goes there as soon as nothing is under way on
 * it. To undo a step is to tell the old numbers again.
 *
 * The usual way: move_keep() - conn_leave() from the session, when the connection is idle - its receive is
 * cancelled - conn_try_pass() - conn_on_passed() here, and conn_adopt() there.
 */
#ifndef VASTAR_ENGINE_CONN_MOVE_H
#define VASTAR_ENGINE_CONN_MOVE_H

#include <stdbool.h>
#include <stdint.h>

struct conn;
struct worker;

/* A slot's other place. */
struct place {
	struct worker *worker;
	uint32_t slot;
};

/* From another thread: makes ready for moves between `a`, whose slots from `first` on, and `b`, whose slots
 * from 0 on, are each other's other places, `count` of them. Both workers run. False: out of memory. */
bool move_prepare(struct worker *a, uint32_t first, struct worker *b, uint32_t count);

/* From another thread: the worker is to keep the first `count` slots. */
void move_keep(struct worker *w, uint32_t count);
uint32_t move_kept(const struct worker *w); /* the last number that was said */

/* From another thread: how many connections, closed ones included, are with the worker now. */
uint32_t move_owned(const struct worker *w);

/* In the worker: checks whether it has been told to keep another number of slots. */
void move_check(struct worker *w);

/* Nothing is under way on the connection, and its slot is not kept. */
void conn_leave(struct worker *w, struct conn *c);

/* An operation of a connection that is leaving has ended: it can go when that was the last one. */
void conn_try_pass(struct worker *w, struct conn *c);

/* Completions: the connection is in the other ring, or not (res < 0); one has come from another worker; so
 * has a part of its schedule. */
void conn_on_passed(struct worker *w, struct conn *c, int res);
void conn_adopt(struct worker *w, struct conn *c);
void conn_adopt_schedule(struct worker *w);

/* In the worker, which takes no more connections: releases what has come too late. */
void move_end(struct worker *w);

/* From another thread, when that of the worker has ended. */
void move_free(struct worker *w);

#endif
