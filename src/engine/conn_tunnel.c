/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/conn_tunnel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/conn_internal.h"
#include "proto/h1.h"

struct tunnel {
	struct h1_parser parser;
	size_t sent;
};

enum {
	WHY_MAX = 100,
	/* Codes that distinguish the examples, in addition to errno and the status codes. */
	CODE_BROKEN = 1000, /* plus an enum h1_error */
	CODE_CUT = 2000,
	CODE_SILENT,
	CODE_EARLY,
};

static struct tunnel *tunnel_of(const struct worker *w, const struct conn *c)
{
	return &w->tunnels[conn_index(w, c)];
}

bool conn_tunnelling(const struct worker *w, const struct conn *c)
{
	return c->wrapped && c->state == CONN_HANDSHAKING && !w->wraps[conn_index(w, c)].channel;
}

void conn_tunnel_close(struct worker *w)
{
	free(w->tunnels);
	w->tunnels = NULL;
}

/* ---- failures ---- */

static void fail(struct worker *w, struct conn *c, int code, const char *why)
{
	char text[160];

	snprintf(text, sizeof(text), "proxy %.48s: %s", route_of(w, c)->target->proxy->url, why);
	conn_unusable(w, c, ERROR_PROXY, code, text);
}

static void broken(struct worker *w, struct conn *c)
{
	const struct h1_parser *parser = &tunnel_of(w, c)->parser;
	char why[WHY_MAX] = "response to CONNECT: ";
	size_t used = strlen(why);

	h1_describe(parser, why + used, sizeof(why) - used);
	fail(w, c, CODE_BROKEN + parser->error, why);
}

static const char *meaning_of(unsigned status, bool authorized)
{
	switch (status) {
	case 403:
		return "it forbids this target";
	case 407:
		return authorized ? "it does not accept the user and password"
				  : "it needs a user and password (http://USER:PASSWORD@HOST:PORT)";
	case 502:
	case 503:
		return "it cannot reach the target";
	case 504:
		return "the target did not respond to it";
	default:
		return "it opens no tunnel";
	}
}

static void refused(struct worker *w, struct conn *c)
{
	unsigned status = tunnel_of(w, c)->parser.status;
	char why[WHY_MAX];

	snprintf(why, sizeof(why), "%u to CONNECT, %s", status,
		 meaning_of(status, route_of(w, c)->target->proxy->authorization != NULL));
	fail(w, c, (int)status, why);
}

void conn_tunnel_failed(struct worker *w, struct conn *c, int error)
{
	struct h1_parser *parser = &tunnel_of(w, c)->parser;

	if (error == ETIMEDOUT)
		fail(w, c, CODE_SILENT, "no complete response to CONNECT in time");
	else if (h1_end(parser) == H1_BROKEN)
		broken(w, c);
	else if (h1_started(parser))
		fail(w, c, CODE_CUT, "it closed the connection in the middle of its response to CONNECT");
	else
		fail(w, c, error, "it closed the connection without a response to CONNECT");
}

/* ---- the exchange ---- */

static void send_rest(struct worker *w, struct conn *c)
{
	const char *request = route_of(w, c)->target->tunnel;
	size_t sent = tunnel_of(w, c)->sent;
	struct io_uring_sqe *sqe = ring_sqe(&w->ring);

	io_uring_prep_send(sqe, c->file, request + sent, strlen(request) - sent, MSG_NOSIGNAL);
	sqe->flags |= file_flag(w);
	sqe->user_data = tag(w, c, OP_SEND);
	c->flags |= CONN_SENDING;
}

void conn_tunnel_begin(struct worker *w, struct conn *c)
{
	c->state = CONN_HANDSHAKING;
	if (!w->tunnels)
		w->tunnels = calloc(w->slot_count, sizeof(*w->tunnels));
	if (!w->tunnels) {
		conn_unusable(w, c, ERROR_LOCAL, ENOMEM, strerror(ENOMEM));
		return;
	}
	c->wrapped = true;
	tunnel_of(w, c)->sent = 0;
	/* As for HEAD: its response has no body. */
	h1_begin(&tunnel_of(w, c)->parser, true);
	conn_arm_receive(w, c);
	send_rest(w, c);
}

void conn_tunnel_sent(struct worker *w, struct conn *c, int res)
{
	struct tunnel *tunnel = tunnel_of(w, c);

	if (res > 0) {
		tunnel->sent += (size_t)res;
	} else if (res != -EAGAIN && res != -EINTR) {
		if (local_error(-res))
			conn_unusable(w, c, ERROR_LOCAL, -res, strerror(-res));
		return; /* the proxy may have responded before it closed, so the receive decides */
	}
	if (tunnel->sent < strlen(route_of(w, c)->target->tunnel))
		send_rest(w, c);
}

void conn_tunnel_received(struct worker *w, struct conn *c, const char *bytes, size_t length)
{
	struct h1_parser *parser = &tunnel_of(w, c)->parser;
	uint32_t generation = c->generation;
	size_t used;

	switch (h1_feed(parser, bytes, length, &used, NULL)) {
	case H1_MORE:
		return;
	case H1_BROKEN:
		broken(w, c);
		return;
	case H1_COMPLETE:
		break;
	}
	if (parser->status > 299) {
		refused(w, c);
		return;
	}
	if (c->flags & CONN_SENDING) {
		fail(w, c, CODE_EARLY, "response to CONNECT before the request was sent");
		return;
	}
	c->wrapped = false;
	conn_connected(w, c);
	/* What follows the response belongs to the target. */
	if (used < length && c->generation == generation && c->wrapped)
		conn_wrap_received(w, c, bytes + used, length - used);
}
