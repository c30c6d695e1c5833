/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/ask.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/transport.h"
#include "proto/h2_call.h"

enum { ANSWER_MAX = 64 << 20, PIECE = 16 * 1024 };

struct talk {
	const struct vastar_plan *plan;
	int fd;
	uint64_t until_ns;
	/* NULL: plain */
	const struct transport *transport;
	void *prepared, *shared, *channel;
	struct h2_request request;
	struct h2_config config;
	struct h2 *h;
	struct answer *answer;
	bool asked, answered, no_memory;
	struct vastar_error *err;
};

static int fails(const struct talk *talk, const char *why)
{
	return err_set(talk->err, VASTAR_E_SYSTEM, "%.200s: %.250s", talk->plan->target.authority, why);
}

/* ---- the socket ---- */

/* Waits until the socket is ready. */
static int wait_for(const struct talk *talk, short events)
{
	struct pollfd polled = {.fd = talk->fd, .events = events};
	uint64_t now_ns = clock_now_ns();
	int ready;

	if (now_ns >= talk->until_ns)
		return fails(talk, "no response in time (see -t)");
	ready = poll(&polled, 1, (int)((talk->until_ns - now_ns) / NS_PER_MS) + 1);
	if (ready < 0 && errno != EINTR)
		return fails(talk, strerror(errno));
	return ready ? 0 : fails(talk, "no response in time (see -t)");
}

/* Returns 0 or an errno. */
static int connect_to(struct talk *talk, const struct target_address *address)
{
	socklen_t length = sizeof(int);
	int error = 0;

	talk->fd = socket(address->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (talk->fd < 0)
		return errno;
	if (!connect(talk->fd, (const struct sockaddr *)&address->at, address->length))
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (wait_for(talk, POLLOUT))
		return ETIMEDOUT;
	return getsockopt(talk->fd, SOL_SOCKET, SO_ERROR, &error, &length) ? errno : error;
}

static int connect_anywhere(struct talk *talk)
{
	const struct target *target = &talk->plan->target;
	int error = EADDRNOTAVAIL;

	for (unsigned i = 0; i < target->address_count; i++) {
		error = connect_to(talk, &target->addresses[i]);
		if (!error)
			return 0;
		if (talk->fd >= 0)
			close(talk->fd);
		talk->fd = -1;
	}
	return fails(talk, strerror(error));
}

static int send_all(const struct talk *talk, const char *bytes, size_t length)
{
	while (length) {
		ssize_t sent = send(talk->fd, bytes, length, MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return fails(talk, strerror(errno));
		if (sent < 0 && wait_for(talk, POLLOUT))
			return (int)-talk->err->status;
		if (sent > 0) {
			bytes += sent;
			length -= (size_t)sent;
		}
	}
	return 0;
}

/* ---- HTTP/2 ---- */

static void take_message(void *context, const uint8_t *bytes, uint32_t length)
{
	struct talk *talk = context;
	struct answer *answer = talk->answer;
	char *grown = answer->length + length <= ANSWER_MAX
			  ? realloc(answer->bytes, answer->length + length + 1)
			  : NULL;

	if (!grown) {
		talk->no_memory = true;
		return;
	}
	answer->bytes = grown;
	memcpy(grown + answer->length, bytes, length);
	answer->length += length;
}

static int complete(struct talk *talk, struct h2_stream *stream)
{
	struct answer *answer = talk->answer;

	answer->status = (enum grpc_status)h2_call_of(talk->h, stream)->status;
	memcpy(answer->text, talk->h->calls->text, sizeof(answer->text));
	talk->answered = true;
	return talk->no_memory ? err_nomem(talk->err, "response") : 0;
}

static int take_frames(struct talk *talk, const char *bytes, size_t length)
{
	const uint8_t *at = (const uint8_t *)bytes, *end = at + length;
	struct h2_stream *stream;

	for (;;) {
		switch (h2_feed(talk->h, &at, end, &stream)) {
		case H2_MORE:
			return 0;
		case H2_BEGUN:
			break;
		case H2_COMPLETE:
			return complete(talk, stream);
		case H2_RESET:
			return fails(talk, "the server reset the stream");
		case H2_AWAY:
			if (talk->asked && talk->h->last_id < 1)
				return fails(talk, "the server refused the connection (GOAWAY)");
			break;
		case H2_MALFORMED:
		case H2_BROKEN:
			return fails(talk, h2_error_text(talk->h->error));
		}
	}
}

/* Sends the pending bytes, through the transport. */
static int flush(struct talk *talk)
{
	const struct transport *transport = talk->transport;
	uint32_t length;
	const char *from;
	size_t bytes;
	int rc = 0;

	if (!transport || transport->ready(talk->channel)) {
		if (!talk->asked)
			h2_open(talk->h);
		talk->asked = true;
		h2_upload(talk->h);
		from = (const char *)h2_output(talk->h, &length);
		if (!transport)
			rc = send_all(talk, from, length);
		else if (length && !transport->write(talk->channel, from, length))
			rc = err_nomem(talk->err, "request");
		h2_taken(talk->h, length);
	}
	while (!rc && transport) {
		from = transport->output(talk->channel, &bytes);
		if (!bytes)
			break;
		rc = send_all(talk, from, bytes);
		transport->sent(talk->channel, bytes);
	}
	return rc;
}

/* Takes the plaintext that the transport decodes. */
static int take_plaintext(struct talk *talk)
{
	char plaintext[PIECE];
	long got;
	int rc = 0;

	while (!rc && (got = talk->transport->read(talk->channel, plaintext, sizeof(plaintext))) != 0)
		rc = got < 0 ? fails(talk, talk->transport->broken(talk->channel))
			     : take_frames(talk, plaintext, (size_t)got);
	return rc;
}

static int receive(struct talk *talk)
{
	char bytes[PIECE];
	ssize_t got;
	int rc = wait_for(talk, POLLIN);

	if (rc)
		return rc;
	got = recv(talk->fd, bytes, sizeof(bytes), 0);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : fails(talk, strerror(errno));
	if (!got)
		return fails(talk, "the server closed the connection (does this port speak HTTP/2?)");
	if (!talk->transport)
		return take_frames(talk, bytes, (size_t)got);
	talk->transport->feed(talk->channel, bytes, (size_t)got);
	return take_plaintext(talk);
}

/* ---- the call ---- */

static int open_transport(struct talk *talk)
{
	const struct target *target = &talk->plan->target;
	struct transport_peer peer = {target->host, target->port};
	const struct transport *transport = transport_of(target);

	if (transport->plain)
		return 0;
	if (transport->load)
		transport = transport->load(talk->err);
	if (!transport)
		return (int)-talk->err->status;
	talk->prepared = transport_prepare(transport, talk->plan, talk->err);
	talk->shared = talk->prepared ? transport->open(talk->prepared, talk->err) : NULL;
	talk->transport = transport;
	if (!talk->shared)
		return (int)-talk->err->status;
	talk->channel = transport->begin(talk->shared, &peer);
	return talk->channel ? take_plaintext(talk) : err_nomem(talk->err, "connection");
}

static int open_protocol(struct talk *talk)
{
	const struct vastar_plan *plan = talk->plan;

	talk->config = (struct h2_config){
	    .request = &talk->request,
	    .streams = 1,
	    .window = plan->h2_window,
	    .grpc = true,
	    .longest_message = ANSWER_MAX,
	    .sink = take_message,
	    .sink_context = talk,
	};
	if (!h2_request_build(&talk->request, plan->request.bytes, plan->request.head_length,
			      plan->request.length, plan->target.tls))
		return err_nomem(talk->err, "request");
	talk->h = h2_new(&talk->config, 1);
	return talk->h && h2_begin(talk->h) ? 0 : err_nomem(talk->err, "connection");
}

static void close_talk(struct talk *talk)
{
	if (talk->transport) {
		talk->transport->end(talk->channel);
		if (talk->shared)
			talk->transport->close(talk->shared);
		talk->transport->discard(talk->prepared);
	}
	h2_free(talk->h);
	h2_request_deinit(&talk->request);
	if (talk->fd >= 0)
		close(talk->fd);
}

int ask(const struct vastar_plan *plan, struct answer *answer, struct vastar_error *err)
{
	struct talk talk = {.plan = plan, .fd = -1, .answer = answer, .err = err};
	int rc;

	*answer = (struct answer){0};
	talk.until_ns = plan->timeout_ns ? clock_now_ns() + plan->timeout_ns : UINT64_MAX / 2;
	if (plan->target.proxy)
		return err_set(err, VASTAR_E_USAGE,
			       "reflection does not go through a proxy (use --proto, or --no-proxy '*')");
	rc = open_protocol(&talk);
	if (!rc)
		rc = connect_anywhere(&talk);
	if (!rc)
		rc = open_transport(&talk);
	while (!rc && !talk.answered) {
		rc = flush(&talk);
		if (!rc)
			rc = receive(&talk);
	}
	close_talk(&talk);
	if (rc) {
		free(answer->bytes);
		answer->bytes = NULL;
	}
	return rc;
}
