/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One thread with its ring, its connections and its shard. */
#ifndef VASTAR_ENGINE_WORKER_H
#define VASTAR_ENGINE_WORKER_H

#include "base/clock.h"
#include "engine/conn.h"
#include "engine/exchange_log.h"
#include "engine/pipeline.h"
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
	struct bufring large; /* longer answers; opened when the first one is met */
	struct conn *conns;
	struct shard *shard;
	struct shard *warm_shard; /* of what begins before measured_ns; NULL without a warm-up */
	uint64_t measured_ns;	  /* when the measured part begins; 0 without a warm-up */
	struct vastar_run *run;
	const struct vastar_plan *plan;
	uint64_t now_ns;      /* read anew for each completion */
	uint64_t deadline_ns; /* copy of the run's */
	uint64_t share;	      /* of the budget */
	uint32_t conn_count;
	uint32_t in_flight;    /* exchanges under way, PENDING ones included */
	uint32_t open;	       /* connections; read by others, so changed with worker_opened() only */
	uint32_t sends;	       /* requests queued since the last wait */
	uint32_t body_average; /* bytes, moving: chooses the way to receive */
	/* not 0: one of the last answers was not of the kind that is dropped, however long */
	uint32_t kept_lately;
	uint32_t starved_count;
	uint32_t idle_count; /* open loop: connections that are free, in idle[] */
	uint32_t *idle;
	uint64_t schedule_ns;	  /* open loop: when its schedule begins */
	struct arrivals arrivals; /* open loop: the next request to be sent */
	struct arrivals due;	  /* ... and the next one to become due */
	double last_expected;	  /* Poisson arrivals: how many were expected by the last send; 0: none yet */
	uint32_t *starved;	  /* connections whose receive found no buffer */
	uint8_t phase;		  /* enum worker_phase */
	bool stamped;		  /* receives carry the kernel's time stamps */
	uint64_t kernel_wait_ns;  /* how long the bytes at hand had waited; 0: not known */
	bool one_buffer;	  /* the request is registered: WRITE_FIXED instead of SEND */
	struct exchange_log *log; /* NULL: not wanted */
	struct pipelines *pipelines; /* NULL: one request at a time on a connection */
	struct waiter waiter;
	struct timer_heap timers;
	struct h1_memo memo;

	/* Rarely. */
	struct exchange_log log_of_worker;
	struct pipelines pipelines_of_worker;
	struct router router;
	struct h1_location location; /* scratch for the head that is being read */
	char *location_value;
	uint64_t next_check_ns;
	uint64_t next_timeouts_ns;
	uint64_t last_open_ns; /* when a connection was last open */
	uint64_t last_end_ns;  /* when an exchange last ended, in any way */
	uint64_t drained_ns;
	uint64_t cpu_start_ns, cpu_end_ns, run_end_ns;
	uint64_t spun_start_ns; /* waiter.spun_ns when the measured part began */
	bool measuring;		/* it has begun */
	uint32_t connecting;	/* attempts to connect under way, but for exchanges that wait for one */
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

/* Where something that happens, or an exchange that begins, at `at_ns` is counted. */
static inline struct shard *worker_shard(const struct worker *w, uint64_t at_ns)
{
	return at_ns < w->measured_ns ? w->warm_shard : w->shard;
}

/* The stage in which a request is due at `due_ns`; NULL: the stages are not told apart. */
static inline struct stage_stats *worker_stage(const struct worker *w, uint64_t due_ns)
{
	uint32_t stage, warmup = w->plan->schedule.warmup;

	if (!w->shard->stage_count)
		return NULL;
	stage = schedule_stage_at(&w->plan->schedule, due_ns - w->schedule_ns);
	return stage < warmup ? NULL : &w->shard->stages[stage - warmup];
}

/* Connections opened, less those closed. */
static inline void worker_opened(struct worker *w, int count)
{
	__atomic_store_n(&w->open, w->open + (uint32_t)count, __ATOMIC_RELAXED);
}

#endif
