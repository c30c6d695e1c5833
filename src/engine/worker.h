/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One thread with its ring, its connections and its shard. */
#ifndef VASTAR_ENGINE_WORKER_H
#define VASTAR_ENGINE_WORKER_H

#include "base/clock.h"
#include "engine/conn.h"
#include "engine/mixer.h"
#include "engine/pressure.h"
#include "engine/redirect.h"
#include "engine/run_state.h"
#include "engine/session.h"
#include "engine/timer.h"
#include "engine/transport.h"
#include "engine/waiter.h"
#include "io/bufring.h"

/* What a completion belongs to: the op of ring_tag(). */
enum worker_op {
	OP_SOCKET = 1,
	OP_SETSOCKOPT,
	OP_CONNECT,
	OP_SEND,
	OP_RECV,
	OP_RECV_LARGE,
	OP_DROP,
	OP_CANCEL,
	OP_CLOSE,
	OP_PASS,	   /* a connection is in another worker's ring, or not */
	OP_ADOPT,	   /* a connection has arrived from another worker */
	OP_SCHEDULE,	   /* the message with a part of the schedule was not delivered */
	OP_ADOPT_SCHEDULE, /* a part of the schedule has arrived */
};

enum {
	GROUP_SMALL = 1,
	GROUP_LARGE = 2,
	BODY_CAP = 1 << 24, /* so that the average cannot overflow */
};

enum worker_phase { WORKER_CONNECTING, WORKER_RUNNING, WORKER_DRAINING };

/* Reasons for a note in the report, given only once. */
enum worker_note { NOTE_OTHER_HOST = 1, NOTE_HTTPS = 2, NOTE_TOO_MANY_HOPS = 4, NOTE_NO_PROXY = 8 };

struct worker {
	/* Used in every turn of the loop. */
	struct ring ring;
	struct bufring small; /* receives of heads and of short responses */
	struct bufring large; /* for longer responses; opened when the first one arrives */
	struct conn *conns;
	struct tally tally;
	struct vastar_run *run;
	struct shard *shard;	  /* both owned by the run, which gives them to the tally */
	struct shard *warm_shard; /* NULL without a warm-up */
	const struct vastar_plan *plan;
	const struct session *session;
	void *session_state;  /* the session's own */
	uint64_t now_ns;      /* read again for each completion */
	uint64_t deadline_ns; /* copy of the run's */
	uint64_t share;	      /* of the budget */
	uint32_t conn_count;
	/* conns[] has more than conn_count if connections can stand in for others: session->stands_in */
	uint32_t slot_count;
	uint32_t open; /* connections; read by other threads, so changed only through worker_opened() */
	uint32_t body_average; /* moving average in bytes; chooses the way to receive */
	uint32_t body_cap;     /* the most that a body adds to it: BODY_CAP, or 0 if all bodies are read */
	/* not 0: a recent response was not of the kind that is dropped, whatever its length */
	uint32_t kept_lately;
	uint32_t starved_count;
	uint32_t idle_count; /* open loop: free connections, in the ring idle[] from idle_first on */
	uint32_t idle_first;
	uint32_t *idle;
	struct arrivals arrivals; /* open loop: the next request to be sent */
	struct arrivals due;	  /* ... and the next one to become due */
	uint32_t *starved;	  /* connections whose receive found no buffer */
	uint8_t phase;		  /* enum worker_phase */
	bool stamped;		  /* receives carry the kernel's time stamps */
	bool one_buffer;	  /* the request is registered: WRITE_FIXED instead of SEND */
	struct mixer mixer;	  /* several requests */
	struct waiter waiter;
	struct timer_heap timers;

	/* Used rarely. */
	struct router router;
	struct hop **hops;	/* [slot_count]; each owned, NULL until the connection meets a redirect */
	struct wrap *wraps;	/* [slot_count]: for connections whose transport is not plain */
	struct tunnel *tunnels; /* [slot_count]; NULL until a connection needs a tunnel through a proxy */
	const struct transport *transport; /* their transport; NULL: there was none */
	void *transport_state;		   /* what its channels in this worker share */
	char *plaintext;		   /* bytes last received, for their session */
	char *goodbyes;			   /* the last words of connections, until they are submitted */
	uint32_t goodbye_count;
	struct place *places; /* [conn_count]: where the connection of a slot can move; NULL: nowhere yet */
	struct handed **incoming;	    /* [conn_count]: from other workers, in transit; atomic */
	struct arrivals *incoming_arrivals; /* a part of another worker's schedule; atomic */
	bool *unsettled; /* [conn_count]: the connection of a slot is in transit, or has just left; atomic */
	bool got_schedule;    /* for a worker that joins: it has its part of its partner's; atomic */
	bool recheck;	      /* a connection could not leave yet */
	bool unwrapping;      /* bytes are passing through a transport: nothing leaves meanwhile */
	uint32_t keep_wanted; /* slots to keep, as others request; atomic */
	uint32_t keep;	      /* ... as carried out so far */
	uint32_t owned;	      /* connections, including closed ones; atomic for other threads */
	uint32_t passing;     /* connections on their way to other workers */
	uint32_t partner;     /* for a worker that joins: whose connections it takes over */
	bool moves;	      /* it has had connections move */
	bool joins;	      /* it starts during the run, without connections of its own */
	bool ready;	      /* it can take over connections; atomic */
	bool failed;	      /* it could not be set up, but that is not a failure of the run; atomic */
	bool closing;	      /* it accepts nothing any more; atomic */
	uint64_t begun_ns;    /* when its measured part began */
	uint64_t next_check_ns;
	uint64_t next_timeouts_ns;
	double renew_next_ns;  /* when a connection is to be replaced; 0: never */
	uint32_t renew_at;     /* which one */
	uint64_t last_open_ns; /* when a connection was last open */
	uint64_t drained_ns;
	uint64_t cpu_start_ns, cpu_end_ns, run_end_ns;
	uint64_t spun_start_ns; /* waiter.spun_ns when the measured part began */
	bool measuring;		/* the measured part has begun */
	struct thread_pressure pressure;
	uint32_t connecting; /* attempts to connect, except those for exchanges that wait for one */
	uint32_t next_to_open;
	uint32_t first_conn; /* number of conns[0] among all connections of the run */
	uint32_t index;
	uint32_t features;
	unsigned notes; /* enum worker_note */
};

/* The thread's main function. `worker` is a struct worker with run, index, first_conn and conn_count set. */
void *worker_main(void *worker);

static inline uint32_t conn_index(const struct worker *w, const struct conn *c)
{
	return (uint32_t)(c - w->conns);
}

/* Counts connections opened (positive) and closed (negative). */
static inline void worker_opened(struct worker *w, int count)
{
	__atomic_store_n(&w->open, w->open + (uint32_t)count, __ATOMIC_RELAXED);
}

#endif
