/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What conn.c, one exchange at a time, conn_line.c, several, conn_open.c and conn_receive.c share. */
#ifndef VASTAR_ENGINE_CONN_INTERNAL_H
#define VASTAR_ENGINE_CONN_INTERNAL_H

#include "engine/worker.h"

static inline const struct route *route_of(const struct worker *w, const struct conn *c)
{
	return c->hop && c->hop->route ? c->hop->route : &w->router.home;
}

/* Where the time of an exchange begins: with the send, in an open loop with the schedule. */
static inline uint64_t began_ns(const struct worker *w, const struct conn *c)
{
	return w->plan->pace.kind == PACE_OPEN ? c->due_ns : c->sent_ns;
}

/* For what has to do with no exchange, or with one that begins now. */
static inline struct shard *shard_now(const struct worker *w)
{
	return worker_shard(w, w->now_ns);
}

/* For what becomes of the exchange of a connection. */
static inline struct shard *shard_of(const struct worker *w, const struct conn *c)
{
	return worker_shard(w, began_ns(w, c));
}

/* NULL: the stages are not told apart. */
static inline struct stage_stats *stage_of(const struct worker *w, const struct conn *c)
{
	return worker_stage(w, began_ns(w, c));
}

static inline uint64_t tag(const struct worker *w, const struct conn *c, enum worker_op op)
{
	return ring_tag(op, c->generation, conn_index(w, c));
}

static inline uint8_t file_flag(const struct worker *w)
{
	return w->ring.features & RING_FIXED_FILES ? IOSQE_FIXED_FILE : 0;
}

static inline bool may_send(const struct worker *w)
{
	return w->phase == WORKER_RUNNING && w->now_ns < w->deadline_ns;
}

/* One of -n for a request that begins at `at_ns`; those of the warm-up are none of it. */
static inline bool take_request(struct worker *w, uint64_t at_ns)
{
	return at_ns < w->measured_ns || budget_take(&w->run->budget, &w->share);
}

/* Ends every operation on the socket and closes it. Closing alone would not do: an armed receive keeps the
 * socket alive, and the peer would see no FIN. */
void conn_drop(struct worker *w, struct conn *c);

/* Opens the connection again when there is still something to send: at once, or after a pause. */
void conn_reopen(struct worker *w, struct conn *c, uint64_t pause_ns);

/* ... after one failure more: the pause grows with each in a row, up to `longest_ms`. */
void conn_reopen_after_failure(struct worker *w, struct conn *c, unsigned longest_ms);

/* Opens the connection, which is closed, when there is a request for it. */
void conn_open_if_wanted(struct worker *w, struct conn *c);

/* The address that is being tried cannot be reached: the next one, or a failure. */
void conn_connect_failed(struct worker *w, struct conn *c, int error);

/* The connection is open: sends what waits for it, or the next request. */
void conn_opened(struct worker *w, struct conn *c);

/* Arms a receive, in the way that fits what is awaited; none may be armed. */
void conn_arm_receive(struct worker *w, struct conn *c);

/* Something was received: sees to it that a receive is armed as long as an answer is under way, in the way
 * that fits the rest of it. `generation`: the connection's before that was taken; `ended_by_kernel`: a
 * multishot receive ended with it. */
void conn_keep_receiving(struct worker *w, struct conn *c, uint32_t generation, bool ended_by_kernel);

/* The answer of the connection is complete: the choice of the next ways depends on what it was like. */
void conn_note_length(struct worker *w, const struct conn *c);

/* The exchange that the connection's fields speak of has failed: counts it. `text`: see shard_error(). */
void conn_count_error(struct worker *w, const struct conn *c, enum error_kind kind, int code,
		      const char *text);

/* ... was cut off by the end of the run: counts it. */
void conn_count_aborted(struct worker *w, const struct conn *c);

/* ... has ended, in whatever way, and is counted. */
void conn_exchange_ended(struct worker *w, struct conn *c);

#endif
