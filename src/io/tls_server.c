/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/tls_server.h"

#include <openssl/err.h>
#include <stdlib.h>

#include "io/tls_channel.h"
#include "io/tls_server_context.h"

/* With more connections than this, idle ones release memory, which costs some time for each record. */
enum { MANY_CHANNELS = 1000 };

struct channel {
	struct tls_channel tls;
	struct tls_server_worker *worker;
};

static void end(void *at)
{
	struct channel *channel = at;

	if (!channel)
		return;
	channel->worker->channels--;
	tls_channel_deinit(&channel->tls);
	free(channel);
}

static void *begin(void *shared, const struct transport_peer *peer)
{
	struct tls_server_worker *w = shared;
	struct channel *channel = calloc(1, sizeof(*channel));

	(void)peer;
	if (!channel)
		return NULL;
	channel->worker = w;
	w->channels++;
	if (!tls_channel_init(&channel->tls, w->context)) {
		ERR_clear_error();
		channel->tls.broken = true;
		end(channel);
		return NULL;
	}
	SSL_set_accept_state(channel->tls.ssl);
	if (w->channels > MANY_CHANNELS) {
		SSL_set_mode(channel->tls.ssl, SSL_MODE_RELEASE_BUFFERS);
		channel->tls.spare = true;
	}
	return channel;
}

const struct transport transport_tls_server = {
    .name = "tls",
    .prepare = tls_server_run_new,
    .discard = tls_server_run_free,
    .open = tls_server_worker_new,
    .close = tls_server_worker_free,
    .begin = begin,
    .end = end,
    .ready = tls_channel_ready,
    .describe = tls_channel_describe,
    .feed = tls_channel_feed,
    .read = tls_channel_read,
    .broken = tls_channel_broken,
    .ended = tls_channel_ended,
    .write = tls_channel_write,
    .finish = tls_channel_finish,
    .output = tls_channel_output,
    .sent = tls_channel_sent,
};
