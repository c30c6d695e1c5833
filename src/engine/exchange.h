/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How exchanges are counted. An exchange is one request and its response; stats/shard.h defines the words for
 * its life. Each exchange is counted exactly once, as answered, failed, or cut off by the end of the run.
 * Before that it may also be counted as sent again. Only this file, exchange.c and tally_tokens.c (tokens of
 * language models) write to the shards, to the stages, to the request log and to the number of exchanges in
 * flight.
 *
 * A session reports what happens to an exchange. This file decides what that means for the statistics: which
 * shard (warm-up or measured), where the latency begins, how a late response counts.
 *
 * Hot: everything inline runs once per request, without a call.
 */
#ifndef VASTAR_ENGINE_EXCHANGE_H
#define VASTAR_ENGINE_EXCHANGE_H

#include "engine/exchange_log.h"
#include "io/transport.h"
#include "plan/plan.h"
#include "stats/shard.h"

struct exchange {
	uint64_t due_ns;     /* when it was to be sent; in a closed loop, when it was */
	uint64_t sent_ns;    /* when it was sent for the first time */
	uint64_t written_ns; /* 0: not yet */
	uint64_t first_ns;   /* 0: no byte of its response has arrived */
};

/* A complete response. */
struct exchange_response {
	unsigned status;
	uint64_t body_bytes;
};

/* What a row of the request log contains beyond the times. */
struct exchange_place {
	uint32_t conn;	  /* index of the connection that it is on */
	uint32_t ordinal; /* from exchange_queued(); EXCHANGE_LATEST: the last one sent there */
	bool retried;
	uint16_t request; /* which one of several */
};

_Static_assert(MIX_REQUESTS_MAX <= UINT16_MAX, "a place has room for each request");

#define EXCHANGE_LATEST UINT32_MAX

/* All exchanges of one worker. */
struct tally {
	struct shard *shard;	  /* not owned */
	struct shard *warm_shard; /* exchanges before measured_ns; NULL without a warm-up; not owned */
	uint64_t measured_ns;	  /* when the measured part begins; 0 without a warm-up */
	const struct vastar_plan *plan;
	uint64_t last_end_ns;	  /* when an exchange last ended, in any way */
	uint64_t kernel_wait_ns;  /* how long the received bytes had waited in the kernel; 0: not known */
	struct exchange_log *log; /* NULL: not wanted */
	uint32_t in_flight;	  /* exchanges in flight, including those that wait for a connection */
	uint32_t sends;		  /* requests queued since tally_pass_began() */
	uint64_t schedule_ns;	  /* open loop: when its schedule begins */
	double last_expected;	  /* Poisson arrivals: how many were expected at the last send; 0: none yet */
	struct exchange_log own_log;
};

/* `shard` and `warm_shard` must outlive the tally. False: out of memory; call tally_deinit() even then. */
bool tally_init(struct tally *t, const struct vastar_plan *plan, struct shard *shard,
		struct shard *warm_shard, struct budget *log_budget, uint32_t connections);
void tally_deinit(struct tally *t);

/* The shard for an event, or for an exchange that begins, at `at_ns`. */
static inline struct shard *tally_shard(const struct tally *t, uint64_t at_ns)
{
	return at_ns < t->measured_ns ? t->warm_shard : t->shard;
}

/* Where the time of an exchange begins: at the send, or in an open loop at the scheduled time. */
static inline uint64_t exchange_from_ns(const struct tally *t, const struct exchange *x)
{
	return t->plan->pace.kind == PACE_OPEN ? x->due_ns : x->sent_ns;
}

static inline struct shard *exchange_shard(const struct tally *t, const struct exchange *x)
{
	return tally_shard(t, exchange_from_ns(t, x));
}

/* The stage in which a request is due at `due_ns`. NULL: stages are not counted separately. */
struct stage_stats *tally_stage(const struct tally *t, uint64_t due_ns);

/* ---- the life of an exchange ---- */

/* A request is sent for the first time, on a connection that has been free since `free_ns`. Paced and open
 * loops have set due_ns. */
static inline void exchange_sent(struct tally *t, struct exchange *x, uint64_t now_ns, uint64_t free_ns)
{
	t->in_flight++;
	x->sent_ns = now_ns;
	if (t->plan->pace.kind == PACE_CLOSED)
		x->due_ns = now_ns;
	else
		hist_record(&exchange_shard(t, x)->send_lateness,
			    now_ns - (x->due_ns > free_ns ? x->due_ns : free_ns));
}

/* The request of an exchange is queued on the connection: for the first time, again, or as the request
 * that follows a redirect. Returns the number of the request on the connection, from 1, for the request
 * log; 0 without a log. */
static inline uint32_t exchange_queued(struct tally *t, uint32_t conn)
{
	t->sends++;
	return t->log ? exchange_log_sent(t->log, conn) : 0;
}

/* The request is sent again, because the connection was lost before any byte of the response. It remains
 * the same exchange, timed from its first send. */
static inline void exchange_retried(struct tally *t, const struct exchange *x)
{
	shard_bump(&exchange_shard(t, x)->retried, 1);
}

/* Common to all ends. Sets due_ns for the next exchange on the connection. */
static inline void exchange_ended(struct tally *t, struct exchange *x, uint64_t now_ns)
{
	t->in_flight--;
	t->last_end_ns = now_ns;
	if (t->plan->pace.kind == PACE_CONNECTION)
		x->due_ns = pace_next(&t->plan->pace, x->due_ns, now_ns,
				      &tally_shard(t, now_ns)->oddities[ODD_MISSED_TICK]);
}

/* Writes a row of the request log, which must exist. `failure` is that of struct request_record. */
void exchange_log_row(struct tally *t, const struct exchange *x, struct exchange_place place,
		      uint64_t last_ns, uint16_t status, uint8_t failure);

/* What an open loop records in addition. */
void exchange_completed_open(struct tally *t, struct shard *shard, const struct exchange *x, uint64_t now_ns,
			     bool good);

/* The same for every protocol: `good` is what counts as success. */
static inline void exchange_counted(struct tally *t, struct exchange *x, struct exchange_place place,
				    struct exchange_response response, bool good, uint64_t now_ns, bool late)
{
	struct exchange_times times = {x->due_ns, x->sent_ns, x->written_ns, x->first_ns, now_ns};
	bool open_loop = t->plan->pace.kind == PACE_OPEN;
	uint64_t from_ns = open_loop ? times.due_ns : times.sent_ns;
	struct shard *shard = tally_shard(t, from_ns);

	/* A response can arrive before the completion of the send is seen, or before the send completes. */
	if (!times.written_ns || times.written_ns > times.first_ns)
		times.written_ns = times.first_ns;
	shard_counted(shard, &times, from_ns, response.status, good, response.body_bytes, late);
	if (shard->mix)
		mixed_response(&shard->mix[place.request], response.status, now_ns - from_ns);
	if (open_loop)
		exchange_completed_open(t, shard, x, now_ns, good);
	if (t->kernel_wait_ns)
		hist_record(&shard->client_queue, t->kernel_wait_ns);
	if (t->log)
		exchange_log_row(t, x, place, now_ns, (uint16_t)response.status, RECORD_COMPLETED);
	exchange_ended(t, x, now_ns);
}

/* The response is complete at `now_ns`; `late`: after the deadline. */
static inline void exchange_completed(struct tally *t, struct exchange *x, struct exchange_place place,
				      struct exchange_response response, uint64_t now_ns, bool late)
{
	exchange_counted(t, x, place, response, status_good(response.status), now_ns, late);
}

/* How a gRPC call has ended. */
struct call_end {
	unsigned status;	 /* 0: OK */
	const char *text;	 /* what the server says of it */
	uint32_t sent, received; /* messages */
};

/* The same for a call. */
void exchange_call_completed(struct tally *t, struct exchange *x, struct exchange_place place,
			     struct exchange_response response, const struct call_end *end, uint64_t now_ns,
			     bool late);

/* `count` messages of its response have come together: its first ones, unless some came at `before_ns`. */
void exchange_messages(struct tally *t, const struct exchange *x, uint64_t before_ns, uint32_t count,
		       uint64_t now_ns);

/* The exchange has failed. `code` and `text` as for shard_error(). */
void exchange_failed(struct tally *t, struct exchange *x, struct exchange_place place, uint64_t now_ns,
		     enum error_kind kind, int code, const char *text);

/* The end of the run has cut the exchange off. */
void exchange_aborted(struct tally *t, struct exchange *x, struct exchange_place place, uint64_t now_ns);

/* It was a wait for what may never come, and the run is over: it does not count. */
static inline void exchange_withdrawn(struct tally *t)
{
	t->in_flight--;
}

/* ---- requests without an exchange ---- */

/* A connection could not be made ready. That uses up a request of -n. `age_ns`: time since the attempt
 * began. */
void tally_unreachable(struct tally *t, struct exchange_place place, uint64_t now_ns, uint64_t age_ns,
		       enum error_kind kind, int code, const char *text);

/* `count` requests were given up without being sent, because no target could be reached. */
void tally_untried(struct tally *t, uint64_t now_ns, uint64_t count);

/* Open loop: a request that was due at `due_ns` was not sent by the deadline. */
void tally_unsent(struct tally *t, uint64_t due_ns, uint64_t deadline_ns);

/* Open loop: `count` requests are due and not sent. */
void tally_backlog(struct tally *t, uint64_t now_ns, uint64_t count);

/* Open loop: a request that was due at `due_ns` is sent. */
void tally_waited(struct tally *t, uint64_t due_ns, uint64_t now_ns);

/* Open loop: takes a sample of the time since the last send, to compare with the law of the arrivals. This
 * law is that of every `stride`-th arrival of the schedule. */
void tally_gap(struct tally *t, uint64_t now_ns, uint32_t stride);

/* ---- event streams ---- */

/* How the events of a complete response ended. */
struct stream_end {
	uint32_t events;
	uint64_t spread_ns; /* from its first event to its last */
	bool marked;	    /* "[DONE]" was seen */
	bool incomplete;    /* the last event was incomplete */
};

/* `count` events of the response arrived at `now_ns`. `before_ns`: when the one before did; 0: they are
 * the first. */
void tally_events(struct tally *t, const struct exchange *x, uint32_t count, uint64_t before_ns,
		  uint64_t now_ns);
/* Only of 2xx responses. */
void tally_stream_complete(struct tally *t, const struct exchange *x, const struct stream_end *end);
/* The response failed after its first event. */
void tally_stream_cut(struct tally *t, const struct exchange *x);

/* ---- what happens to connections ---- */

static inline void tally_connected(struct tally *t, uint64_t ns)
{
	span_record(&t->shard->phases[PHASE_CONNECT], ns);
}

/* A handshake that took `ns` is complete; `certificate` is the peer's, or NULL. */
void tally_handshake(struct tally *t, uint64_t ns, const struct transport_facts *facts,
		     const struct transport_certificate *certificate);

/* HTTP/2: the server sent GOAWAY, or reset a stream, with this code. */
void tally_goaway(struct tally *t, uint64_t now_ns, uint32_t code);
void tally_stream_reset(struct tally *t, uint64_t now_ns, uint32_t code);

/* HTTP/2, open loop: a request that was due at `due_ns` has its stream. */
static inline void tally_stream_wait(struct tally *t, uint64_t due_ns, uint64_t now_ns)
{
	hist_record(&tally_shard(t, due_ns)->stream_wait, now_ns - due_ns);
}

/* HTTP/2: what the connections of the worker have counted. */
void tally_streams(struct tally *t, const struct streams *streams);

/* WebSocket: a handshake that took `ns` is complete. */
static inline void tally_upgraded(struct tally *t, uint64_t ns, uint64_t now_ns)
{
	hist_record(&tally_shard(t, now_ns)->websocket.handshake, ns);
}

/* WebSocket: the pong of a ping came after `ns`. */
static inline void tally_pong(struct tally *t, uint64_t ns, uint64_t now_ns)
{
	hist_record(&tally_shard(t, now_ns)->websocket.ping, ns);
}

/* WebSocket: responses are matched by an id. */
static inline void tally_by_id(struct tally *t)
{
	t->shard->websocket.by_id = true;
}

/* WebSocket: a message came, in so many frames. `pushed`: it is no response. */
static inline void tally_message(struct tally *t, uint64_t now_ns, uint32_t frames, bool pushed)
{
	struct websocket *websocket = &tally_shard(t, now_ns)->websocket;

	websocket->messages++;
	websocket->fragmented += frames > 1;
	websocket->pushed += pushed;
}

/* WebSocket: a ping, or a close frame with this code, came. */
static inline void tally_ping(struct tally *t, uint64_t now_ns)
{
	tally_shard(t, now_ns)->websocket.pings++;
}

static inline void tally_closed(struct tally *t, uint64_t now_ns, unsigned code)
{
	tally_shard(t, now_ns)->websocket.closes[websocket_code_index(code)]++;
}

/* Bytes arrived that belong to no request. */
static inline void tally_stray(struct tally *t, uint64_t now_ns)
{
	shard_bump(&tally_shard(t, now_ns)->stray, 1);
}

static inline void tally_odd(struct tally *t, uint64_t now_ns, enum oddity oddity)
{
	shard_bump(&tally_shard(t, now_ns)->oddities[oddity], 1);
}

/* A connection was replaced, because the plan wants new ones. */
static inline void tally_renewed(struct tally *t, uint64_t now_ns)
{
	tally_shard(t, now_ns)->connections_new++;
}

/* What the ring has counted during the measured part. */
void tally_ring(struct tally *t, uint64_t sq_full, uint64_t cq_overflows);

/* ---- a pass over the completions ---- */

static inline void tally_pass_began(struct tally *t)
{
	t->sends = 0;
}

/* In a closed loop a connection is free when its completion arrives. It waits while the other completions
 * of the batch are handled: at most for the whole batch. */
static inline void tally_pass_ended(struct tally *t, uint64_t began_ns, uint64_t now_ns)
{
	if (t->sends && t->plan->pace.kind == PACE_CLOSED)
		hist_record_n(&tally_shard(t, began_ns)->send_lateness, now_ns - began_ns, t->sends);
}

#endif
