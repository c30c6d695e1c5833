/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The usual way: conn_open() in conn_open.c - the kernel connects - conn_opened() - begin_exchange() queues
 * the request and arms a receive - conn_on_sent() - conn_on_received() feeds the parser until the answer is
 * complete - complete() records it and sends the next one on the same connection.
 *
 * With pipelining a connection has a line of exchanges (engine/pipeline.h). Its head is what the fields of
 * struct conn and the rest of this file are about; conn_send_scheduled() sends, several requests at once, and
 * the answer to the head makes the next one the head.
 *
 * Other ways. The answer or the plan ends the connection: replace(). A kept connection turns out to be dead
 * before the first byte of the answer: retry(), once. A redirect: follow_redirect(), on this connection or,
 * for another origin, a new one. The body is long: conn_receive.c has what becomes of it. No buffer: the
 * worker calls conn_rearm() when there are some again.
 *
 * Ways to fail: conn_connect_failed() when no address can be reached, fail() for an exchange without a
 * complete answer. Both count the failure, close the socket and open it again, later if it fails again and
 * again.
 */
#include "engine/conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "engine/conn_internal.h"
#include "engine/conn_line.h"

enum { RESET_BACKOFF_MAX_MS = 16 }; /* the peer accepts and resets: it is there, so do not wait long */

static void replace(struct worker *w, struct conn *c);

static void leave_route(struct conn *c)
{
	if (c->hop && c->hop->route) {
		router_leave(c->hop->route);
		c->hop->route = NULL;
		c->hop->hops = 0;
	}
}

void conn_exchange_ended(struct worker *w, struct conn *c)
{
	w->in_flight--;
	w->last_end_ns = w->now_ns;
	leave_route(c);
	c->due_ns = pace_next(&w->plan->pace, c->due_ns, w->now_ns, &shard_now(w)->oddities[ODD_MISSED_TICK]);
}

/* One row of the request log for an exchange that has ended. `failure`: of struct request_record. */
static void log_exchange(struct worker *w, const struct conn *c, uint8_t failure)
{
	struct request_record record = {
	    .due_ns = w->plan->pace.kind == PACE_CLOSED ? 0 : c->due_ns,
	    .sent_ns = c->sent_ns,
	    .first_ns = c->state == CONN_BUSY ? c->first_ns : 0,
	    .failure = failure,
	    .retried = c->flags & CONN_RETRIED,
	};

	if (failure == RECORD_ANSWERED) {
		record.last_ns = w->now_ns;
		record.status = c->parser.status;
	}
	exchange_log_add(w->log, conn_index(w, c), &record);
}

void conn_count_error(struct worker *w, const struct conn *c, enum error_kind kind, int code,
		      const char *text)
{
	struct stage_stats *stage = stage_of(w, c);

	shard_error(shard_of(w, c), kind, code, w->now_ns - began_ns(w, c), text);
	if (stage)
		stage->errors++;
	if (w->log)
		log_exchange(w, c, (uint8_t)(1 + kind));
}

void conn_count_aborted(struct worker *w, const struct conn *c)
{
	struct stage_stats *stage = stage_of(w, c);

	shard_bump(&shard_of(w, c)->drain_aborted, 1);
	hist_record(&shard_of(w, c)->aborted_age, w->now_ns - began_ns(w, c));
	if (stage)
		stage->drain_aborted++;
	if (w->log)
		log_exchange(w, c, RECORD_DRAIN_ABORTED);
}

/* ---- send ---- */

static void queue_send(struct worker *w, struct conn *c)
{
	const struct request *request = route_of(w, c)->request;
	struct io_uring_sqe *sqe = ring_sqe(&w->ring);
	const char *from = request->bytes + c->written;
	size_t left = request->length - c->written;

	if (w->one_buffer && request == &w->plan->request)
		io_uring_prep_write_fixed(sqe, c->file, from, (unsigned)left, 0, 0);
	else
		io_uring_prep_send(sqe, c->file, from, left, MSG_NOSIGNAL | MSG_WAITALL);
	sqe->flags |= file_flag(w);
	sqe->user_data = tag(w, c, OP_SEND);
	c->flags |= CONN_SENDING;
}

static void send_request(struct worker *w, struct conn *c)
{
	c->state = CONN_BUSY;
	c->written = 0;
	c->written_ns = 0;
	c->first_ns = 0;
	if (c->hop)
		c->hop->location.capacity = 0;
	h1_begin(&c->parser, route_of(w, c)->request->head_method);
	if (w->log)
		exchange_log_sent(w->log, conn_index(w, c));
	if (!(c->flags & CONN_RECEIVING))
		conn_arm_receive(w, c);
	queue_send(w, c);
}

static void begin_exchange(struct worker *w, struct conn *c)
{
	w->in_flight++;
	w->sends++;
	c->sent_ns = w->now_ns;
	c->flags &= (uint8_t)~CONN_RETRIED;
	if (w->plan->pace.kind == PACE_CLOSED)
		c->due_ns = w->now_ns;
	else
		hist_record(&shard_of(w, c)->send_lateness,
			    w->now_ns - (c->due_ns > c->first_ns ? c->due_ns : c->first_ns));
	send_request(w, c);
}

/* While it waits the server may lose patience: a receive tells when it closes, and a request that crosses
 * with that may be sent again, as on any kept connection. */
static void keep_watch(struct worker *w, struct conn *c)
{
	c->flags |= CONN_REUSED;
	if (!(c->flags & CONN_RECEIVING))
		conn_arm_receive(w, c);
}

static void await_tick(struct worker *w, struct conn *c)
{
	timer_set(&w->timers, conn_index(w, c), c->due_ns);
	keep_watch(w, c);
}

/* A connection that is closed while it is listed remains in the list until it is taken from there. */
void conn_idle_push(struct worker *w, struct conn *c)
{
	if (c->due_ns == CONN_LISTED)
		return;
	c->due_ns = CONN_LISTED;
	w->idle[w->idle_count++] = conn_index(w, c);
}

bool conn_idle_pop(struct worker *w, uint32_t *indexp)
{
	while (w->idle_count) {
		struct conn *c = &w->conns[ *indexp = w->idle[--w->idle_count]];

		c->due_ns = 0;
		if (c->state == CONN_IDLE)
			return true;
	}
	return false;
}

bool conn_send_arrival(struct worker *w, struct conn *c, uint64_t due_ns)
{
	struct shard *shard = worker_shard(w, due_ns);

	if (!may_send(w) || !take_request(w, due_ns))
		return false;
	c->due_ns = due_ns;
	if (w->now_ns - due_ns > shard->wait_max_ns)
		shard->wait_max_ns = w->now_ns - due_ns;
	begin_exchange(w, c);
	return true;
}

/* The connection is open and free: sends the next request when it is due. */
static void next_exchange(struct worker *w, struct conn *c)
{
	if (w->pipelines) /* a request that waits to be sent again goes even now */
		pipeline_schedule(w->pipelines, conn_index(w, c));
	if (w->pipelines || !may_send(w))
		return;
	if (w->plan->pace.kind == PACE_OPEN) {
		conn_idle_push(w, c);
		keep_watch(w, c);
		return;
	}
	if (w->plan->pace.kind != PACE_CLOSED && c->due_ns > w->now_ns)
		await_tick(w, c);
	else if (take_request(w, w->now_ns))
		begin_exchange(w, c);
}

void conn_opened(struct worker *w, struct conn *c)
{
	if (c->flags & CONN_PENDING) {
		c->flags &= (uint8_t)~CONN_PENDING;
		if (w->pipelines)
			pipeline_schedule(w->pipelines, conn_index(w, c));
		else
			send_request(w, c);
	} else if (w->phase == WORKER_RUNNING) {
		next_exchange(w, c);
	}
}

void conn_wake(struct worker *w, struct conn *c)
{
	if (c->state == CONN_IDLE)
		next_exchange(w, c);
	else if (c->state == CONN_CLOSED)
		conn_open_if_wanted(w, c);
}

/* ---- failures ---- */

static void fail(struct worker *w, struct conn *c, enum error_kind kind, int code, const char *text)
{
	bool silent_from_the_start =
	    kind == ERROR_RESET && !(c->flags & CONN_REUSED) && !h1_started(&c->parser);

	conn_count_error(w, c, kind, code, text);
	conn_exchange_ended(w, c);
	if (w->pipelines)
		line_lose_others(w, c, kind);
	conn_drop(w, c);
	if (silent_from_the_start)
		conn_reopen_after_failure(w, c, RESET_BACKOFF_MAX_MS);
	else
		conn_reopen(w, c, 0);
}

/* A kept connection that the server has closed meanwhile says nothing about the server: RFC 9112 section
 * 9.3.1 lets a client send again on its own when the method is idempotent, or when it knows that nothing was
 * sent. */
static bool may_retry(const struct worker *w, const struct conn *c)
{
	bool nothing_sent = c->flags & CONN_SEND_FAILED && !c->written;

	return c->flags & CONN_REUSED && !(c->flags & CONN_RETRIED) && !h1_started(&c->parser) &&
	       may_send(w) && (route_of(w, c)->request->idempotent || nothing_sent);
}

static void retry(struct worker *w, struct conn *c)
{
	if (w->pipelines) {
		line_lose(w, c, &(struct line_loss){.first = 1}); /* counted when they are sent */
	} else {
		shard_bump(&shard_of(w, c)->retried, 1);
		c->flags |= CONN_RETRIED | CONN_PENDING;
	}
	conn_drop(w, c);
	conn_open(w, c);
}

static void describe_cut(const struct conn *c, int error, char *text, size_t size)
{
	const char *where = !h1_started(&c->parser)	? "before the first byte of the answer"
			    : !h1_head_done(&c->parser) ? "in the head of the answer"
							: "in the body of the answer";

	if (error)
		snprintf(text, size, "%s %s", strerror(error), where);
	else
		snprintf(text, size, "the server closed the connection %s", where);
}

/* What tells the examples of one kind apart: where it happened and how. */
static int cut_code(const struct conn *c, int error)
{
	return 4 * error + (!h1_started(&c->parser) ? 0 : !h1_head_done(&c->parser) ? 1 : 2);
}

static void complete(struct worker *w, struct conn *c, bool reusable);

/* The stream has ended (error 0) or broken. */
static void stream_ended(struct worker *w, struct conn *c, int error)
{
	enum h1_progress progress;
	char text[160];

	if (c->state != CONN_BUSY) {
		replace(w, c);
		return;
	}
	progress = h1_end(&c->parser);
	if (progress == H1_BROKEN) {
		/* Known to be wrong before its end, while the bytes to show were collected. */
		h1_describe(&c->parser, text, sizeof(text));
		fail(w, c, ERROR_PROTOCOL, c->parser.error, text);
	} else if (!error && progress == H1_COMPLETE) {
		complete(w, c, false);
	} else if (may_retry(w, c)) {
		retry(w, c);
	} else {
		describe_cut(c, error, text, sizeof(text));
		fail(w, c, ERROR_RESET, cut_code(c, error), text);
	}
}

/* Not the peer's doing: out of memory and the like. */
static bool local_error(int error)
{
	return error == ENOMEM || error == EMFILE || error == ENFILE || error == EINVAL || error == EFAULT ||
	       error == EBADF || error == EPERM;
}

/* Nothing was taken. */
static void send_failed(struct worker *w, struct conn *c, int error)
{
	if (error == EAGAIN || error == EINTR) {
		if (w->pipelines)
			line_send(w, c);
		else
			queue_send(w, c);
	} else if (local_error(error)) {
		fail(w, c, ERROR_LOCAL, error, strerror(error));
	} else {
		/* The peer takes no more. It may have answered before it closed, so the receive has the last
		 * word. */
		c->flags |= CONN_SEND_FAILED;
	}
}

void conn_on_sent(struct worker *w, struct conn *c, int res)
{
	const struct request *request = route_of(w, c)->request;

	c->flags &= (uint8_t)~CONN_SENDING;
	if (c->state != CONN_BUSY)
		return;
	if (res <= 0) {
		send_failed(w, c, -res);
	} else if (w->pipelines) {
		line_written(w, c, (size_t)res);
	} else {
		c->written += (uint32_t)res;
		c->written_ns = w->now_ns;
		if (c->written < request->length) {
			shard_bump(&shard_now(w)->oddities[ODD_SHORT_SEND], 1);
			queue_send(w, c);
		}
	}
}

/* ---- receive ---- */

static struct h1_location *wanted_location(struct worker *w, struct conn *c)
{
	if (!w->plan->follow_redirects)
		return NULL;
	if (c->hop && c->hop->location.capacity && h1_started(&c->parser))
		return &c->hop->location;
	w->location.length = 0;
	return &w->location;
}

static struct conn_hop *hop_of(struct conn *c)
{
	if (!c->hop)
		c->hop = calloc(1, sizeof(*c->hop));
	return c->hop;
}

/* A redirect ends in a later receive, its head or its body: what has been seen of its Location must outlive
 * this one. */
static void keep_location(struct conn *c, struct h1_location *seen)
{
	struct conn_hop *hop = hop_of(c);

	if (!hop || seen == &hop->location)
		return;
	memcpy(hop->value, seen->value, seen->length);
	hop->location =
	    (struct h1_location){.value = hop->value, .capacity = sizeof(hop->value), .length = seen->length};
}

static void note_outcome(struct worker *w, enum redirect_outcome outcome)
{
	if (outcome == REDIRECT_OTHER_HOST)
		w->notes |= NOTE_OTHER_HOST;
	else if (outcome == REDIRECT_HTTPS)
		w->notes |= NOTE_HTTPS;
	else if (outcome == REDIRECT_TOO_MANY)
		w->notes |= NOTE_TOO_MANY_HOPS;
}

/* True when the exchange goes on with another request; false when the 3xx is its answer. */
static bool follow_redirect(struct worker *w, struct conn *c, const struct h1_location *location,
			    bool reusable)
{
	const struct route *from = route_of(w, c);
	struct conn_hop *hop;
	struct route *route;
	enum redirect_outcome outcome;

	if (!location || !location->length || !may_send(w) || !(hop = hop_of(c)))
		return false;
	outcome = router_follow(&w->router, from, hop->hops, c->parser.status, location->value,
				location->length, &route);
	note_outcome(w, outcome);
	if (outcome != REDIRECT_FOLLOW)
		return false;
	if (hop->route)
		router_leave(hop->route);
	hop->route = route;
	hop->hops++;
	c->flags |= CONN_REUSED;
	if (reusable && target_same_origin(from->target, route->target)) {
		send_request(w, c);
		return true;
	}
	c->flags |= CONN_PENDING;
	conn_drop(w, c);
	c->address = 0;
	conn_open(w, c);
	return true;
}

/* A connection that has to wait for its tick is opened when that comes: before, it might be closed unused. */
static void replace(struct worker *w, struct conn *c)
{
	bool paced = w->plan->pace.kind == PACE_CONNECTION && w->phase == WORKER_RUNNING;

	if (w->pipelines && !(c->flags & CONN_PENDING)) /* some may not have been sent yet */
		line_lose(w, c, &(struct line_loss){0});
	conn_drop(w, c);
	conn_reopen(w, c, paced && c->due_ns > w->now_ns ? c->due_ns - w->now_ns : 0);
}

static void record(struct worker *w, const struct conn *c)
{
	struct exchange_times times = {c->due_ns, c->sent_ns, c->written_ns, c->first_ns, w->now_ns};
	struct shard *shard = shard_of(w, c);
	struct stage_stats *stage;

	/* An answer can come before the completion of the send is seen, or before there is one. */
	if (!times.written_ns || times.written_ns > times.first_ns)
		times.written_ns = times.first_ns;
	shard_response(shard, &times, began_ns(w, c), c->parser.status, c->parser.body_bytes,
		       w->now_ns > w->deadline_ns);
	if (w->plan->pace.kind == PACE_OPEN)
		hist_record(&shard->service, w->now_ns - c->sent_ns);
	if ((stage = stage_of(w, c)))
		stage_response(stage, &times, c->parser.status);
	if (w->kernel_wait_ns)
		hist_record(&shard->client_queue, w->kernel_wait_ns);
	if (w->log)
		log_exchange(w, c, RECORD_ANSWERED);
	conn_note_length(w, c);
	waiter_response(&w->waiter, w->now_ns - c->sent_ns);
}

/* An answer is complete. `reusable`: nothing that has been seen on the connection forbids to use it again. */
static void complete(struct worker *w, struct conn *c, bool reusable)
{
	if (c->written < route_of(w, c)->request->length) {
		shard_bump(&shard_now(w)->oddities[ODD_EARLY_ANSWER], 1);
		reusable = false;
	}
	reusable = reusable && w->plan->keepalive && h1_keepalive(&c->parser);
	if (redirect_status(c->parser.status) && w->plan->follow_redirects &&
	    follow_redirect(w, c, c->hop && c->hop->location.capacity ? &c->hop->location : &w->location,
			    reusable))
		return;
	record(w, c);
	conn_exchange_ended(w, c);
	c->failures = 0;
	c->flags |= CONN_REUSED;
	if (w->pipelines && line_head_answered(w, c, reusable))
		return;
	c->state = CONN_IDLE;
	c->first_ns = w->now_ns;
	if (reusable && !(c->flags & CONN_ELSEWHERE))
		next_exchange(w, c);
	else
		replace(w, c);
}

/* Takes bytes of the answer that is awaited; returns how many. */
static size_t take_answer(struct worker *w, struct conn *c, const char *bytes, size_t length)
{
	struct h1_location *location = wanted_location(w, c);
	bool fresh = !h1_started(&c->parser);
	enum h1_progress progress;
	bool reusable;
	size_t used;
	char text[160];

	if (!c->first_ns)
		c->first_ns = w->now_ns;
	progress = fresh ? h1_feed_memo(&c->parser, &w->memo, bytes, length, &used, location)
			 : h1_feed(&c->parser, bytes, length, &used, location);
	switch (progress) {
	case H1_MORE:
		if (location && redirect_status(c->parser.status))
			keep_location(c, location);
		break;
	case H1_COMPLETE:
		reusable = used == length || line_more_answers(w, c);
		if (!reusable)
			shard_bump(&shard_now(w)->stray, 1);
		complete(w, c, reusable);
		break;
	case H1_BROKEN:
		h1_describe(&c->parser, text, sizeof(text));
		fail(w, c, ERROR_PROTOCOL, c->parser.error, text);
		break;
	}
	return used;
}

/* Takes all answers that the bytes hold, as far as the connection lasts. */
static void take_bytes(struct worker *w, struct conn *c, const char *bytes, size_t length)
{
	uint32_t generation = c->generation;

	do {
		size_t used = take_answer(w, c, bytes, length);

		bytes += used;
		length -= used;
	} while (length && c->generation == generation && c->state == CONN_BUSY);
}

void conn_on_received(struct worker *w, struct conn *c, int res, const char *bytes, bool more)
{
	uint32_t generation = c->generation;
	bool was_multishot = c->flags & CONN_MULTISHOT;

	if (!more)
		c->flags &= (uint8_t) ~(CONN_RECEIVING | CONN_MULTISHOT);
	if (res >= 0)
		waiter_received(&w->waiter, (uint32_t)res);
	if (res > 0) {
		if (c->state == CONN_BUSY) {
			take_bytes(w, c, bytes, (size_t)res);
		} else { /* nobody has asked for anything: what comes next cannot be told from an answer */
			shard_bump(&shard_now(w)->stray, 1);
			replace(w, c);
		}
		conn_keep_receiving(w, c, generation, was_multishot && !more);
	} else if (res == -ENOBUFS) {
		shard_bump(&shard_now(w)->oddities[ODD_NO_BUFFERS], 1);
		w->starved[w->starved_count++] = conn_index(w, c);
	} else if (res == -ECANCELED || res == -EINTR || res == -EAGAIN) {
		conn_keep_receiving(w, c, generation, false);
	} else if (res && local_error(-res) && c->state == CONN_BUSY) {
		fail(w, c, ERROR_LOCAL, -res, strerror(-res));
	} else {
		stream_ended(w, c, -res);
	}
}

void conn_on_dropped_bytes(struct worker *w, struct conn *c, int res)
{
	uint32_t generation = c->generation;

	c->flags &= (uint8_t)~CONN_RECEIVING;
	if (res >= 0)
		waiter_received(&w->waiter, (uint32_t)res);
	if (res > 0 && c->state == CONN_BUSY) {
		if (h1_dropped(&c->parser, (uint64_t)res) == H1_COMPLETE)
			complete(w, c, true);
		conn_keep_receiving(w, c, generation, false);
	} else if (res == -EINTR || res == -EAGAIN) {
		conn_keep_receiving(w, c, generation, false);
	} else {
		stream_ended(w, c, -res);
	}
}

/* ---- the passing of time, and the end ---- */

void conn_check_timeout(struct worker *w, struct conn *c)
{
	uint64_t limit = w->plan->timeout_ns;
	char text[80];

	if ((c->state == CONN_BUSY || c->flags & CONN_PENDING) && w->now_ns - c->sent_ns > limit) {
		snprintf(text, sizeof(text), "no complete answer within %g s", ns_to_s(limit));
		c->flags &= (uint8_t)~CONN_PENDING;
		fail(w, c, ERROR_TIMEOUT, 0, text);
	} else if (c->state == CONN_CONNECTING && w->now_ns - c->first_ns > limit) {
		conn_connect_failed(w, c, ETIMEDOUT);
	}
}

void conn_abort(struct worker *w, struct conn *c)
{
	if (w->pipelines) {
		line_abort(w, c);
	} else if (c->state == CONN_BUSY || c->flags & CONN_PENDING) {
		conn_count_aborted(w, c);
		w->in_flight--;
	}
}

void conn_deinit(struct conn *c)
{
	free(c->hop);
}
