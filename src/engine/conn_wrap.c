/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/conn_wrap.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/conn_internal.h"
#include "engine/conn_tunnel.h"

enum {
	/* The transport gets a long request in pieces of this size, so that it need not hold all of it. */
	PIECE = 64 * 1024,
	PLAINTEXT_SIZE = 16 * 1024, /* per read: a TLS record has at most this much */
	/* Final messages on connections (close_notify or an alert) wait here until they are submitted: their
	 * number, and the longest. */
	GOODBYES = 64,
	GOODBYE_SIZE = 64,
};

/* Creates what the channels of all workers share, once per run, when a worker first needs it. */
static int prepare(struct vastar_run *run, const struct transport *transport, struct vastar_error *err)
{
	int rc = 0;

	pthread_mutex_lock(&run->lock);
	if (!run->transport) {
		if (transport->load)
			transport = transport->load(err);
		if (transport)
			run->transport_shared = transport_prepare(transport, run->plan, err);
		if (run->transport_shared)
			__atomic_store_n(&run->transport, transport, __ATOMIC_RELEASE);
		else
			rc = (int)err->status;
	}
	pthread_mutex_unlock(&run->lock);
	return rc;
}

static int set_up(struct worker *w, const struct transport *transport, struct vastar_error *err)
{
	int rc;

	if (w->transport_state)
		return 0;
	rc = prepare(w->run, transport, err);
	if (rc)
		return rc;
	w->transport = __atomic_load_n(&w->run->transport, __ATOMIC_ACQUIRE);
	w->transport_state = w->transport->open(w->run->transport_shared, err);
	return w->transport_state ? 0 : (int)err->status;
}

/* That of the plan's targets that is not plain, if there is one. */
static const struct transport *first_transport(const struct vastar_plan *plan)
{
	for (uint32_t i = 0; i < plan->mix.count; i++)
		if (!transport_of(&plan->mix.requests[i].target)->plain)
			return transport_of(&plan->mix.requests[i].target);
	return transport_of(&plan->target);
}

int conn_wrap_open(struct worker *w, struct vastar_error *err)
{
	const struct transport *transport = first_transport(w->plan);

	w->wraps = calloc(w->slot_count, sizeof(*w->wraps));
	w->plaintext = malloc(PLAINTEXT_SIZE);
	w->goodbyes = malloc(GOODBYES * GOODBYE_SIZE);
	if (!w->wraps || !w->plaintext || !w->goodbyes)
		return err_nomem(err, "connections");
	return transport->plain ? 0 : set_up(w, transport, err);
}

void conn_wrap_close(struct worker *w)
{
	for (uint32_t i = 0; w->transport && i < w->slot_count; i++)
		w->transport->end(w->wraps[i].channel);
	free(w->wraps);
	free(w->plaintext);
	free(w->goodbyes);
	w->wraps = NULL;
	w->plaintext = w->goodbyes = NULL;
}

void conn_wrap_free(struct worker *w)
{
	if (w->transport_state)
		w->transport->close(w->transport_state);
	w->transport_state = NULL;
}

void conn_wrap_adopt(struct worker *w, const struct conn *c, const struct wrap *wrap)
{
	w->transport = __atomic_load_n(&w->run->transport, __ATOMIC_ACQUIRE);
	w->wraps[conn_index(w, c)] = *wrap;
}

static struct wrap *wrap_of(const struct worker *w, const struct conn *c)
{
	return &w->wraps[conn_index(w, c)];
}

/* Sends the bytes that the transport has for the peer, one send at a time. */
static void flush(struct worker *w, struct conn *c)
{
	struct io_uring_sqe *sqe;
	const char *from;
	size_t length;

	if (c->flags & CONN_SENDING)
		return;
	from = w->transport->output(wrap_of(w, c)->channel, &length);
	if (!length)
		return;
	sqe = ring_sqe(&w->ring);
	io_uring_prep_send(sqe, c->file, from, length, MSG_NOSIGNAL);
	sqe->flags |= file_flag(w);
	sqe->user_data = tag(w, c, OP_SEND);
	c->flags |= CONN_SENDING;
}

/* Ends a connection that is unusable for another reason than the end of the stream. */
static void break_off(struct worker *w, struct conn *c, enum error_kind kind, int code, const char *text)
{
	if (c->state == CONN_HANDSHAKING || c->state == CONN_GREETING)
		conn_unusable(w, c, kind, code, text);
	else if (c->state == CONN_BUSY)
		conn_fail(w, c, kind, code, text);
	else
		conn_replace(w, c);
}

/* Tells the examples of one kind of error apart (FNV-1a, Fowler, Noll and Vo, 1991). */
static int code_of(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return (int)(hash >> 1);
}

static void count_handshake(struct worker *w, const struct wrap *wrap)
{
	struct transport_certificate certificate;
	struct transport_facts facts;
	bool shown = false;

	if (!w->transport->describe)
		return;
	w->transport->describe(wrap->channel, &facts);
	if (!w->shard->handshakes.has_certificate) /* reports the first certificate for all */
		shown = w->transport->certificate(wrap->channel, &certificate);
	tally_handshake(&w->tally, w->now_ns - wrap->begun_ns, &facts, shown ? &certificate : NULL);
}

/* The transport's read(). Adds up the time of handshakes, with two system calls for each of their messages
 * and none afterwards. */
static long decode(struct worker *w, const struct conn *c, void *channel)
{
	uint64_t began_ns;
	long got;

	if (c->state != CONN_HANDSHAKING || !w->measuring)
		return w->transport->read(channel, w->plaintext, PLAINTEXT_SIZE);
	began_ns = clock_thread_cpu_ns();
	got = w->transport->read(channel, w->plaintext, PLAINTEXT_SIZE);
	w->shard->handshakes.cpu_ns += clock_thread_cpu_ns() - began_ns;
	return got;
}

/* Takes the plaintext that the transport decodes from its input, until the transport needs more. False: the
 * connection was dropped or opened again in the meantime. */
static bool take_plaintext(struct worker *w, struct conn *c)
{
	void *channel = wrap_of(w, c)->channel;
	uint32_t generation = c->generation;
	long got;

	w->unwrapping = true;
	do {
		got = decode(w, c, channel);
		if (got < 0) {
			/* The text is in the channel, which is freed with the connection. */
			char text[160];

			snprintf(text, sizeof(text), "%s", w->transport->broken(channel));
			w->unwrapping = false;
			break_off(w, c, ERROR_TLS, code_of(text), text);
			return false;
		}
		if (c->state == CONN_HANDSHAKING && w->transport->ready(channel)) {
			count_handshake(w, wrap_of(w, c));
			conn_ready(w, c);
		}
		if (got > 0 && c->generation == generation)
			w->session->received(w, c, w->plaintext, (size_t)got);
	} while (got > 0 && c->generation == generation);
	w->unwrapping = false;
	if (c->generation != generation)
		return false;
	if (!w->transport->ended || !w->transport->ended(channel))
		return true;
	conn_stream_ended(w, c, 0);
	return c->generation == generation;
}

void conn_wrap_begin(struct worker *w, struct conn *c)
{
	const struct target *target = route_of(w, c)->target;
	struct transport_peer peer = {target->host, target->port};
	struct wrap *wrap = wrap_of(w, c);
	struct vastar_error err;

	c->state = CONN_HANDSHAKING;
	if (set_up(w, transport_of(target), &err)) {
		conn_unusable(w, c, ERROR_LOCAL, 0, err.text);
		return;
	}
	*wrap =
	    (struct wrap){.channel = w->transport->begin(w->transport_state, &peer), .begun_ns = w->now_ns};
	c->wrapped = true;
	if (!wrap->channel) {
		conn_unusable(w, c, ERROR_LOCAL, ENOMEM, strerror(ENOMEM));
		return;
	}
	conn_await_response(w, c);
	if (take_plaintext(w, c))
		flush(w, c);
	if (c->state == CONN_LEAVING)
		conn_try_pass(w, c);
}

/* Room for last words. Once they are submitted, their memory is free again: none is sent later, see below. */
static char *goodbye_room(struct worker *w)
{
	if (w->goodbye_count == GOODBYES) {
		ring_submit(&w->ring);
		w->goodbye_count = 0;
	}
	return w->goodbyes + GOODBYE_SIZE * (size_t)w->goodbye_count++;
}

/* The kernel sends them while it takes the SQE, or not at all: where there is no room for them, the peer does
 * not read. */
static void say(struct worker *w, struct conn *c, const void *words, size_t length)
{
	char *goodbye = goodbye_room(w);
	struct io_uring_sqe *sqe;

	memcpy(goodbye, words, length);
	sqe = ring_sqe(&w->ring);
	io_uring_prep_send(sqe, c->file, goodbye, length, MSG_NOSIGNAL | MSG_DONTWAIT);
	sqe->flags |= file_flag(w) | IOSQE_CQE_SKIP_SUCCESS;
	sqe->user_data = tag(w, c, OP_CLOSE);
}

/* The last words of the session, and those of the transport behind them. */
static void say_wrapped(struct worker *w, struct conn *c, const void *words, size_t length)
{
	void *channel = wrap_of(w, c)->channel;
	const char *from;

	if (!channel || (length && !w->transport->write(channel, words, length)))
		return;
	if (w->transport->finish)
		w->transport->finish(channel);
	from = w->transport->output(channel, &length);
	if (length && length <= GOODBYE_SIZE)
		say(w, c, from, length);
}

/* Behind a part of a message or a record, last words would be taken for more of it. */
void conn_farewell(struct worker *w, struct conn *c)
{
	uint8_t words[SESSION_FAREWELL];
	size_t length = 0;

	if (c->flags & CONN_SEND_FAILED || (c->flags & CONN_SENDING && c->wrapped))
		return;
	if (w->session->farewell && (c->state == CONN_IDLE || c->state == CONN_BUSY))
		length = w->session->farewell(w, c, words);
	if (c->wrapped)
		say_wrapped(w, c, words, length);
	else if (length)
		say(w, c, words, length);
}

void conn_farewells(struct worker *w)
{
	for (uint32_t i = 0; i < w->slot_count; i++) {
		struct conn *c = &w->conns[i];

		if (c->state == CONN_IDLE || c->state == CONN_BUSY)
			conn_farewell(w, c);
	}
	ring_submit(&w->ring);
}

/* A send that reads from the channel's memory may still be queued, or wait in the kernel for room.
 * conn_drop() has queued a cancel behind it, which runs at once; after that nothing reads the memory. */
void conn_wrap_end(struct worker *w, struct conn *c)
{
	if (c->flags & CONN_SENDING)
		ring_submit(&w->ring);
	if (wrap_of(w, c)->channel)
		w->transport->end(wrap_of(w, c)->channel);
	wrap_of(w, c)->channel = NULL;
	c->wrapped = false;
}

void conn_wrap_send(struct worker *w, struct conn *c, const char *from, size_t length)
{
	struct wrap *wrap = wrap_of(w, c);

	wrap->taken = length < PIECE ? length : PIECE;
	if (w->transport->write(wrap->channel, from, wrap->taken))
		flush(w, c);
	else
		break_off(w, c, ERROR_LOCAL, ENOMEM, strerror(ENOMEM));
}

void conn_wrap_sent(struct worker *w, struct conn *c, int res)
{
	struct wrap *wrap = wrap_of(w, c);
	size_t left, taken = wrap->taken;

	if (!wrap->channel) {
		conn_tunnel_sent(w, c, res);
		return;
	}
	if (res > 0) {
		w->transport->sent(wrap->channel, (size_t)res);
	} else if (res != -EAGAIN && res != -EINTR) {
		if (local_error(-res))
			break_off(w, c, ERROR_LOCAL, -res, strerror(-res));
		else
			c->flags |= CONN_SEND_FAILED;
		return;
	}
	w->transport->output(wrap->channel, &left);
	if (left) {
		flush(w, c);
	} else if (taken) {
		wrap->taken = 0;
		if (conn_speaks(c))
			w->session->written(w, c, taken);
	} else if (w->session->several && (c->state == CONN_BUSY || c->state == CONN_IDLE)) {
		/* The session may have a request that waits for the end of this send, which carried only the
		 * handshake. */
		w->session->may_send(w, c);
	}
}

void conn_wrap_received(struct worker *w, struct conn *c, const char *bytes, size_t length)
{
	void *channel = wrap_of(w, c)->channel;

	if (!channel) {
		conn_tunnel_received(w, c, bytes, length);
		return;
	}
	w->transport->feed(channel, bytes, length);
	if (take_plaintext(w, c))
		flush(w, c);
}

int conn_wrap_ended(const struct worker *w, const struct conn *c, int error)
{
	const struct transport *transport = w->transport;

	return error || !transport->ended || transport->ended(wrap_of(w, c)->channel) ? error : ECONNRESET;
}
