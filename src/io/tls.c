/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "io/tls_channel.h"
#include "io/tls_context.h"
#include "io/tls_words.h"

struct channel {
	struct tls_channel tls;
	struct tls_worker *worker; /* the worker whose SSL_CTX it uses, even after a move */
	uint16_t port;
	char host[]; /* a host may be freed before its connection */
};

/* ---- callbacks of OpenSSL ---- */

/* Keeps the reason, since OpenSSL's own error says less. Without verification OpenSSL calls this too, and no
 * reason is kept. */
static int on_verified(int ok, X509_STORE_CTX *context)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct channel *channel = SSL_get_app_data(ssl);

	if (!ok && !channel->worker->run->settings.insecure && !*channel->tls.why)
		tls_words_of_verify(context, channel->tls.why, sizeof(channel->tls.why));
	return ok;
}

static int on_session(SSL *ssl, SSL_SESSION *session)
{
	const struct channel *channel = SSL_get_app_data(ssl);
	struct transport_peer peer = {channel->host, channel->port};

	tls_sessions_put(&channel->worker->sessions, &peer, session);
	return 1;
}

static int on_asked(SSL *ssl, void *unused)
{
	struct channel *channel = SSL_get_app_data(ssl);

	(void)unused;
	channel->tls.certificate_missed = !channel->worker->run->settings.cert_file;
	return 1;
}

static void on_key(const SSL *ssl, const char *line)
{
	const struct channel *channel = SSL_get_app_data(ssl);

	fprintf(channel->worker->run->key_log, "%s\n", line);
}

/* ---- a worker ---- */

static void *open_worker(void *run, struct vastar_error *err)
{
	struct tls_worker *w = tls_worker_new(run, err);

	if (!w)
		return NULL;
	SSL_CTX_set_verify(w->context, w->run->settings.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
			   on_verified);
	SSL_CTX_set_cert_cb(w->context, on_asked, NULL);
	if (!w->run->settings.no_session_reuse)
		SSL_CTX_sess_set_new_cb(w->context, on_session);
	if (w->run->key_log)
		SSL_CTX_set_keylog_callback(w->context, on_key);
	return w;
}

/* ---- a channel ---- */

/* RFC 6066 section 3: no address, and no trailing dot. */
static bool set_name(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *verify = SSL_get0_param(ssl);
	struct in6_addr address;
	char name[256];
	size_t length;

	if (inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(verify, host);
	snprintf(name, sizeof(name), "%s", host);
	length = strlen(name);
	if (length && name[length - 1] == '.')
		name[length - 1] = '\0';
	X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set_tlsext_host_name(ssl, name) && X509_VERIFY_PARAM_set1_host(verify, name, 0);
}

static bool set_up(struct channel *channel, const char *name)
{
	struct transport_peer peer = {channel->host, channel->port};
	SSL_SESSION *session;

	channel->tls.wants_http2 = channel->worker->run->settings.http2;
	if (!tls_channel_init(&channel->tls, channel->worker->context))
		return false;
	SSL_set_connect_state(channel->tls.ssl);
	if (!set_name(channel->tls.ssl, name))
		return false;
	session = tls_sessions_take(&channel->worker->sessions, &peer);
	if (session) {
		SSL_set_session(channel->tls.ssl, session);
		SSL_SESSION_free(session);
	}
	return true;
}

static void end(void *at)
{
	struct channel *channel = at;

	if (!channel)
		return;
	tls_channel_deinit(&channel->tls);
	free(channel);
}

static void *begin(void *shared, const struct transport_peer *peer)
{
	struct tls_worker *w = shared;
	const char *name = w->run->settings.server_name;
	size_t length = strlen(peer->host) + 1;
	struct channel *channel = calloc(1, sizeof(*channel) + length);

	if (!channel)
		return NULL;
	channel->worker = w;
	channel->tls.spare = w->run->settings.many;
	channel->port = peer->port;
	memcpy(channel->host, peer->host, length);
	if (set_up(channel, name ? name : peer->host))
		return channel;
	ERR_clear_error();
	channel->tls.broken = true;
	end(channel);
	return NULL;
}

static bool certificate(const void *at, struct transport_certificate *certificate)
{
	const struct channel *channel = at;
	X509 *x509 = SSL_get0_peer_certificate(channel->tls.ssl);

	if (!x509)
		return false;
	tls_words_of_certificate(x509, certificate);
	ERR_clear_error(); /* about a bad name: SSL_get_error() would attribute it to the next read */
	certificate->verified =
	    !channel->worker->run->settings.insecure && SSL_get_verify_result(channel->tls.ssl) == X509_V_OK;
	return true;
}

const struct transport transport_tls = {
    .name = "tls",
    .prepare = tls_run_new,
    .discard = tls_run_free,
    .open = open_worker,
    .close = tls_worker_free,
    .begin = begin,
    .end = end,
    .ready = tls_channel_ready,
    .describe = tls_channel_describe,
    .certificate = certificate,
    .feed = tls_channel_feed,
    .read = tls_channel_read,
    .broken = tls_channel_broken,
    .ended = tls_channel_ended,
    .write = tls_channel_write,
    .finish = tls_channel_finish,
    .output = tls_channel_output,
    .sent = tls_channel_sent,
};
