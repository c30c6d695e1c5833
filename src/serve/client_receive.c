/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <errno.h>

#include "serve/client_internal.h"
#include "serve/http2.h"

enum {
	PAUSE_PLAIN = 4096, /* with this many responses waiting the client does not read, so neither do we */
	PAUSE_QUEUED = 64,
	DROP_WORTH = 64 * 1024, /* remaining bytes of a body from which a change to dropping pays off */
};

/* Cancels the armed receive. Its completion decides how to continue. */
static void stop_receive(struct serve_worker *w, struct client *c)
{
	if (!(c->flags & CLIENT_RECEIVING) || c->flags & CLIENT_CANCELLING)
		return;
	c->flags |= CLIENT_CANCELLING;
	cancel_receive(w, c);
}

void client_rearm(struct serve_worker *w, struct client *c)
{
	if (!(c->flags & CLIENT_STARVED))
		return;
	c->flags &= ~(uint32_t)CLIENT_STARVED;
	if (is_open(c))
		client_receive(w, c);
}

static void on_eof(struct serve_worker *w, struct client *c)
{
	c->flags |= CLIENT_EOF;
	if (c->flags & CLIENT_LINGERING) {
		client_close(w, c, false);
		return;
	}
	/* Complete requests still get their responses: a client may shut down its side and wait. */
	reply_free(c->incoming);
	c->incoming = NULL;
	c->flags &= ~(uint32_t)CLIENT_INCOMING_PLAIN;
	client_wake(w, c);
}

static void starve(struct serve_worker *w, struct client *c)
{
	if (c->flags & CLIENT_STARVED)
		return;
	c->flags |= CLIENT_STARVED;
	c->next_starved = w->starved;
	w->starved = client_index(w, c) + 1;
}

/* The end of every receive: arms the next one, if one is wanted. */
static void after_receive(struct serve_worker *w, struct client *c)
{
	if (!is_open(c)) /* the bytes may have closed it */
		return;
	if (c->plain_ready > PAUSE_PLAIN || c->queued > PAUSE_QUEUED) {
		c->flags |= CLIENT_PAUSED;
		stop_receive(w, c);
	} else if (c->flags & CLIENT_RECEIVING && !(c->flags & (CLIENT_DROPPING | CLIENT_LAST)) &&
		   w->ring.features & RING_TRUNC_DROP && request_skippable(&c->reader) >= DROP_WORTH) {
		stop_receive(w, c);
	}
	client_receive(w, c);
}

void client_resume(struct serve_worker *w, struct client *c)
{
	if (c->flags & CLIENT_PAUSED && c->plain_ready < PAUSE_PLAIN / 2 && c->queued < PAUSE_QUEUED / 2) {
		c->flags &= ~(uint32_t)CLIENT_PAUSED;
		if (!(c->flags & CLIENT_CANCELLING))
			client_receive(w, c);
	}
}

/* ---- behind a transport ---- */

/* A TLS record begins with a byte below 32, so this is plain HTTP. The connection continues as a plain
 * one and closes soon. */
static bool refuse_plain(struct serve_worker *w, struct client *c, size_t length)
{
	static const char note[] = "this port speaks TLS: use https://\n";
	struct response response;

	response_error(400, &response);
	response.body = RESPONSE_NOTE;
	response.text = note;
	response.text_length = sizeof(note) - 1;
	count(&w->counts.handshake_errors, 1);
	count(&w->counts.bytes_received, length);
	wrap_end(w, c);
	return client_refuse(w, c, &response);
}

/* The transport has announced the reason, and nothing else is sent. */
static void give_up(struct serve_worker *w, struct client *c)
{
	count(c->flags & CLIENT_SHAKEN ? &w->counts.tls_errors : &w->counts.handshake_errors, 1);
	client_forget_responses(w, c);
	c->flags |= CLIENT_SHAKEN | CLIENT_LAST | CLIENT_SURPLUS | CLIENT_FINISHED;
}

/* False: out of memory, here and below. */
static bool unwrap(struct serve_worker *w, struct client *c, const char *bytes, size_t length)
{
	long got;

	if (c->flags & CLIENT_FINISHED)
		return true;
	if (!(c->flags & CLIENT_HEARD) && *bytes >= 'A' && *bytes <= 'Z')
		return refuse_plain(w, c, length);
	c->flags |= CLIENT_HEARD;
	wrap_feed(w, c, bytes, length);
	do {
		got = wrap_read(w, c);
		if (got < 0) {
			give_up(w, c);
			return true;
		}
		if (!(c->flags & CLIENT_SHAKEN) && wrap_ready(w, c)) {
			c->flags |= CLIENT_SHAKEN;
			wrap_count(w, c, 1);
			if (w->http2 && !http2_decide_by_alpn(w, c))
				return false;
		}
		count(&w->counts.bytes_received, (uint64_t)got);
		if (got && !client_take(w, c, w->wraps.plaintext, (size_t)got))
			return false;
	} while (got);
	if (wrap_ended(w, c))
		on_eof(w, c);
	return true;
}

/* Reads the requests. Their responses begin in client_act(). */
static void take(struct serve_worker *w, struct client *c, const char *bytes, size_t length)
{
	bool ok;

	if (is_wrapped(w, c)) {
		ok = unwrap(w, c, bytes, length);
	} else {
		count(&w->counts.bytes_received, length);
		ok = client_take(w, c, bytes, length);
	}
	if (ok)
		client_wake(w, c);
	else
		client_close(w, c, false);
}

static bool is_fatal(int res)
{
	return res < 0 && res != -ENOBUFS && res != -ECANCELED && res != -EINTR && res != -EAGAIN;
}

void client_on_received(struct serve_worker *w, struct client *c, int res, const char *bytes, bool more)
{
	if (!more)
		c->flags &= ~(uint32_t)(CLIENT_RECEIVING | CLIENT_CANCELLING);
	if (!is_open(c))
		return;
	if (res > 0) {
		if (c->flags & CLIENT_LINGERING) {
			count(&w->counts.bytes_received, (uint64_t)res);
			client_receive(w, c);
			return;
		}
		take(w, c, bytes, (size_t)res);
	} else if (is_fatal(res)) {
		client_close(w, c, false);
	} else if (!res) {
		on_eof(w, c);
	} else if (res == -ENOBUFS) {
		starve(w, c);
	}
	after_receive(w, c);
}

void client_on_dropped(struct serve_worker *w, struct client *c, int res)
{
	c->flags &= ~(uint32_t)(CLIENT_RECEIVING | CLIENT_CANCELLING | CLIENT_DROPPING);
	if (!is_open(c))
		return;
	if (res > 0) {
		count(&w->counts.bytes_received, (uint64_t)res);
		request_skipped(&c->reader, (uint64_t)res);
		if (!request_skippable(&c->reader))
			take(w, c, NULL, 0);
	} else if (is_fatal(res)) {
		client_close(w, c, false);
	} else if (!res) {
		on_eof(w, c);
	}
	after_receive(w, c);
}
