/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One thread with its ring, its connections and its shard. */
#ifndef VASTAR_ENGINE_WORKER_H
#define VASTAR_ENGINE_WORKER_H

#include "base/clock.h"
#include "engine/conn.h"
#include "engine/exchange_log.h"
#include "engine/redirect.h"
#include "engine/run.h"
#include "engine/timer.h"
#include "engine/waiter.h"
#include "io/bufring.h"

/* What a completion is about: the op of ring_tag(). */
enum worker_op {
	OP_SOCKET = 1,
	OP_SETSOCKOPT,
	OP_CONNECT,
	OP_SEND,
	OP_RECV,
	OP_RECV_LARGE,
	OP_DROP,
	OP_CANCEL,
	OP_CLOSE
};

enum { GROUP_SMALL = 1, GROUP_LARGE = 2 };

enum worker_phase { WORKER_CONNECTING, WORKER_RUNNING, WORKER_DRAINING };

/* Reasons for a note in the report, said once. */
enum worker_note { NOTE_OTHER_HOST = 1, NOTE_HTTPS = 2, NOTE_TOO_MANY_HOPS = 4 };

struct worker {
	/* Touched in every turn of the loop. */
	struct ring ring;
	struct bufring small; /* receives of heads and of short answers */
	struct bufring large; /* bodies of unknown length; opened when the first one is met */
	struct conn *conns;
	struct shard *shard;
	struct vastar_run *run;
	const struct vastar_plan *plan;
	uint64_t now_ns;      /* read anew for each completion */
	uint64_t deadline_ns; /* copy of the run's */
	uint64_t share;	      /* of the budget */
	uint32_t conn_count;
	uint32_t in_flight;    /* exchanges under way, PENDING ones included */
	uint32_t open;	       /* connections */
	uint32_t sends;	       /* requests queued since the last wait */
	uint32_t body_average; /* bytes, moving: chooses the way to receive */
	uint32_t starved_count;
	uint32_t idle_count; /* open loop: connections that are free, in idle[] */
	uint32_t *idle;
	struct arrivals arrivals; /* open loop: the next request to be sent */
	struct arrivals due;	  /* ... and the next one to become due */
	uint32_t *starved;	  /* connections whose receive found no buffer */
	uint8_t phase;		  /* enum worker_phase */
	bool one_buffer;	  /* the request is registered: WRITE_FIXED instead of SEND */
	struct exchange_log *log; /* NULL: not wanted */
	struct waiter waiter;
	struct timer_heap timers;
	struct h1_memo memo;

	/* Rarely. */
	struct exchange_log log_of_worker;
	struct router router;
	struct h1_location location; /* scratch for the head that is being read */
	char *location_value;
	uint64_t next_check_ns;
	uint64_t next_timeouts_ns;
	uint64_t last_open_ns; /* when a connection was last open */
	uint64_t last_end_ns;  /* when an exchange last ended, in any way */
	uint64_t drained_ns;
	uint64_t cpu_start_ns, cpu_end_ns, run_end_ns;
	uint32_t connecting; /* attempts to connect under way, but for exchanges that wait for one */
	uint32_t next_to_open;
	uint32_t first_conn; /* number of conns[0] among all connections of the run */
	uint32_t index;
	uint32_t features;
	unsigned notes; /* enum worker_note */
};

/* The thread's main function; `worker` is a struct worker with run, index, first_conn and conn_count set. */
void *worker_main(void *worker);

static inline uint32_t conn_index(const struct worker *w, const struct conn *c)
{
	return (uint32_t)(c - w->conns);
}

#endif
