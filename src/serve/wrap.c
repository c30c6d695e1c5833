/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/wrap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "io/tls_module.h"
#include "io/tls_server.h"
#include "serve/client_internal.h"

/* The transport gets a long response in pieces of this size, so that it need not hold all of it. */
enum { PIECE = 64 * 1024 };

/* Loaded by wrap_prepare(), even if that fails later. */
static const struct tls_module *module(void)
{
	struct vastar_error err;

	return tls_module_load(&err);
}

int wrap_prepare(const struct serve_settings *settings, const char *address, void **preparedp,
		 struct vastar_error *err)
{
	const struct tls_module *tls = settings->tls ? tls_module_load(err) : NULL;
	struct tls_server_settings wanted = {
	    .cert_file = settings->tls_cert_file,
	    .key_file = settings->tls_key_file,
	    .address = address,
	    .rsa = settings->tls_rsa,
	    .client_ca = settings->tls_client_ca,
	    .no_tickets = settings->tls_no_tickets,
	    .http2 = settings->http2,
	};

	*preparedp = tls ? tls->server->prepare(&wanted, err) : NULL;
	return settings->tls && !*preparedp ? -1 : 0;
}

void wrap_discard(void *prepared)
{
	if (prepared)
		module()->server->discard(prepared);
}

const char *wrap_authority(const void *prepared, size_t *lengthp)
{
	*lengthp = 0;
	return prepared ? module()->server_authority(prepared, lengthp) : NULL;
}

int wrap_open(struct serve_worker *w, void *prepared, struct vastar_error *err)
{
	if (!prepared)
		return 0;
	w->wraps.transport = module()->server;
	w->wraps.each = calloc(w->client_max, sizeof(*w->wraps.each));
	w->wraps.plaintext = malloc(WRAP_PLAINTEXT);
	if (!w->wraps.each || !w->wraps.plaintext)
		return err_nomem(err, "connections of the server");
	w->wraps.shared = w->wraps.transport->open(prepared, err);
	return w->wraps.shared ? 0 : -1;
}

void wrap_close(struct serve_worker *w)
{
	if (w->wraps.shared)
		w->wraps.transport->close(w->wraps.shared);
	free(w->wraps.each);
	free(w->wraps.plaintext);
	w->wraps = (struct wraps){0};
}

/* ---- one connection ---- */

static struct wrap *wrap_of(const struct serve_worker *w, const struct client *c)
{
	return &w->wraps.each[client_index(w, c)];
}

bool wrap_begin(struct serve_worker *w, struct client *c)
{
	*wrap_of(w, c) = (struct wrap){.channel = w->wraps.transport->begin(w->wraps.shared, NULL)};
	return wrap_of(w, c)->channel;
}

void wrap_end(struct serve_worker *w, struct client *c)
{
	struct wrap *wrap = wrap_of(w, c);

	w->wraps.transport->end(wrap->channel);
	*wrap = (struct wrap){0};
}

void wrap_feed(struct serve_worker *w, struct client *c, const char *bytes, size_t length)
{
	w->wraps.transport->feed(wrap_of(w, c)->channel, bytes, length);
}

long wrap_read(struct serve_worker *w, struct client *c)
{
	return w->wraps.transport->read(wrap_of(w, c)->channel, w->wraps.plaintext, WRAP_PLAINTEXT);
}

void wrap_count(struct serve_worker *w, const struct client *c, int by)
{
	struct transport_facts facts;

	w->wraps.transport->describe(wrap_of(w, c)->channel, &facts);
	count(&w->counts.handshakes, (uint64_t)by);
	if (facts.resumed)
		count(&w->counts.resumed, (uint64_t)by);
}

/* Joins the pieces, since each write makes a record of its own. */
bool wrap_write(struct serve_worker *w, struct client *c, const struct iovec *iov, unsigned count)
{
	struct wrap *wrap = wrap_of(w, c);
	size_t total = 0, used = 0;
	bool ok = true;

	if (count == 1) {
		wrap->taken = (uint32_t)(iov->iov_len < PIECE ? iov->iov_len : PIECE);
		return w->wraps.transport->write(wrap->channel, iov->iov_base, wrap->taken);
	}
	for (size_t done = 0; count && total < PIECE && ok;) {
		size_t length = iov->iov_len - done;

		if (length > WRAP_PLAINTEXT - used)
			length = WRAP_PLAINTEXT - used;
		memcpy(w->wraps.plaintext + used, (const char *)iov->iov_base + done, length);
		used += length;
		total += length;
		done += length;
		if (done == iov->iov_len) {
			iov++;
			count--;
			done = 0;
		}
		if (used == WRAP_PLAINTEXT || !count) {
			ok = w->wraps.transport->write(wrap->channel, w->wraps.plaintext, used);
			used = 0;
		}
	}
	wrap->taken = (uint32_t)total;
	return ok && (!used || w->wraps.transport->write(wrap->channel, w->wraps.plaintext, used));
}

void wrap_finish(struct serve_worker *w, struct client *c)
{
	w->wraps.transport->finish(wrap_of(w, c)->channel);
}

void wrap_flush(struct serve_worker *w, struct client *c, bool silent)
{
	struct wrap *wrap = wrap_of(w, c);
	const char *from;
	size_t length;

	if (c->flags & CLIENT_SENDING)
		return;
	from = w->wraps.transport->output(wrap->channel, &length);
	if (!length)
		return;
	wrap->under_way = (uint32_t)length;
	client_queue_send(w, c, from, length, silent);
}

bool wrap_sent(struct serve_worker *w, struct client *c, uint32_t taken, uint32_t *plaintextp)
{
	struct wrap *wrap = wrap_of(w, c);

	w->wraps.transport->sent(wrap->channel, taken);
	wrap_flush(w, c, false);
	if (c->flags & CLIENT_SENDING)
		return false;
	*plaintextp = wrap->taken;
	wrap->taken = 0;
	return true;
}

void wrap_settled(struct serve_worker *w, struct client *c)
{
	struct wrap *wrap = wrap_of(w, c);

	w->wraps.transport->sent(wrap->channel, wrap->under_way);
	wrap->taken = 0;
}

bool wrap_ended(const struct serve_worker *w, const struct client *c)
{
	return w->wraps.transport->ended(wrap_of(w, c)->channel);
}

bool wrap_ready(const struct serve_worker *w, const struct client *c)
{
	return w->wraps.transport->ready(wrap_of(w, c)->channel);
}

const char *wrap_protocol(const struct serve_worker *w, const struct client *c)
{
	struct transport_facts facts;

	w->wraps.transport->describe(wrap_of(w, c)->channel, &facts);
	return facts.alpn;
}
