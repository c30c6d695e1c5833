/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "io/tls_bio.h"
#include "io/tls_context.h"
#include "io/tls_words.h"

enum { FIRST_BYTES = 8 };

struct channel {
	struct tls_bytes bytes;
	SSL *ssl;
	struct tls_worker *worker; /* whose SSL_CTX it has, wherever it is now */
	bool broken;
	bool asked;		 /* for a certificate of ours */
	bool ended;		 /* the peer has said that nothing follows (close_notify) */
	char first[FIRST_BYTES]; /* of what came */
	uint8_t first_length;
	char why[160];
	uint16_t port;
	char host[]; /* a host may be forgotten before its connection is */
};

/* ---- what OpenSSL calls ---- */

/* Keeps the reason, for OpenSSL's own says less. Where nothing is verified it is called as well: it is none
 * then. */
static int on_verified(int ok, X509_STORE_CTX *context)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct channel *channel = SSL_get_app_data(ssl);

	if (!ok && !channel->worker->run->settings.insecure && !*channel->why)
		tls_words_of_verify(context, channel->why, sizeof(channel->why));
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
	channel->asked = true;
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

/* RFC 6066 section 3: no address, and no dot at the end. */
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
	BIO *bio;

	channel->ssl = SSL_new(channel->worker->context);
	bio = channel->ssl ? tls_bio_new(&channel->bytes) : NULL;
	if (!bio)
		return false;
	SSL_set_bio(channel->ssl, bio, bio);
	SSL_set_app_data(channel->ssl, channel);
	SSL_set_connect_state(channel->ssl);
	if (!set_name(channel->ssl, name))
		return false;
	session = tls_sessions_take(&channel->worker->sessions, &peer);
	if (session) {
		SSL_set_session(channel->ssl, session);
		SSL_SESSION_free(session);
	}
	return true;
}

static void end(void *at)
{
	struct channel *channel = at;

	if (!channel)
		return;
	/* Without a word about its end OpenSSL takes the session for one that must not be resumed. */
	if (channel->ssl && !channel->broken)
		SSL_set_shutdown(channel->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(channel->ssl);
	tls_bytes_deinit(&channel->bytes);
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
	channel->port = peer->port;
	memcpy(channel->host, peer->host, length);
	if (set_up(channel, name ? name : peer->host))
		return channel;
	ERR_clear_error();
	channel->broken = true;
	end(channel);
	return NULL;
}

static bool ready(const void *channel)
{
	return SSL_is_init_finished(((const struct channel *)channel)->ssl);
}

static void describe(const void *at, struct transport_facts *facts)
{
	const struct channel *channel = at;
	SSL *ssl = channel->ssl;
	const unsigned char *alpn;
	unsigned length;
	int group = (int)SSL_get_negotiated_group(ssl);

	SSL_get0_alpn_selected(ssl, &alpn, &length);
	*facts = (struct transport_facts){
	    .version = SSL_get_version(ssl),
	    .cipher = SSL_get_cipher_name(ssl),
	    .group = group ? SSL_group_to_name(ssl, group) : NULL,
	    .alpn = length == 8 && !memcmp(alpn, "http/1.1", 8) ? "http/1.1" : NULL,
	    .resumed = SSL_session_reused(ssl),
	};
}

static bool certificate(const void *at, struct transport_certificate *certificate)
{
	const struct channel *channel = at;
	X509 *x509 = SSL_get0_peer_certificate(channel->ssl);

	if (!x509)
		return false;
	tls_words_of_certificate(x509, certificate);
	ERR_clear_error(); /* of an odd name: SSL_get_error() would take it for one of the next read */
	certificate->verified =
	    !channel->worker->run->settings.insecure && SSL_get_verify_result(channel->ssl) == X509_V_OK;
	return true;
}

static void feed(void *at, const char *bytes, size_t length)
{
	struct channel *channel = at;

	channel->bytes.in = bytes;
	channel->bytes.in_length = length;
	while (channel->first_length < FIRST_BYTES && length--)
		channel->first[channel->first_length++] = *bytes++;
}

static long fail(struct channel *channel)
{
	struct tls_course course = {
	    .first = channel->first,
	    .first_length = channel->first_length,
	    .certificate_missed = channel->asked && !channel->worker->run->settings.cert_file,
	};
	char finished;

	channel->broken = true;
	course.shook_hands = SSL_get_peer_finished(channel->ssl, &finished, sizeof(finished)) > 0;
	if (!*channel->why)
		tls_words_of_failure(&course, channel->why, sizeof(channel->why));
	ERR_clear_error();
	return -1;
}

static long read_some(void *at, char *into, size_t size)
{
	struct channel *channel = at;
	size_t got;

	if (channel->broken)
		return -1;
	/* A read that finds nothing costs half as much as one that does. */
	if (!channel->bytes.in_length && !SSL_has_pending(channel->ssl) && ready(channel))
		return 0;
	if (SSL_read_ex(channel->ssl, into, size, &got) == 1)
		return (long)got;
	switch (SSL_get_error(channel->ssl, 0)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		channel->ended = true;
		return 0;
	default:
		return fail(channel);
	}
}

static const char *broken(const void *channel)
{
	return ((const struct channel *)channel)->why;
}

static bool ended(const void *channel)
{
	return ((const struct channel *)channel)->ended;
}

static bool write_all(void *at, const char *bytes, size_t length)
{
	struct channel *channel = at;
	size_t written;

	if (SSL_write_ex(channel->ssl, bytes, length, &written) == 1)
		return true;
	ERR_clear_error();
	return false;
}

static const char *output(void *channel, size_t *lengthp)
{
	return tls_bytes_output(&((struct channel *)channel)->bytes, lengthp);
}

static void sent(void *at, size_t count)
{
	struct channel *channel = at;

	tls_bytes_sent(&channel->bytes, count);
	if (channel->worker->run->settings.many)
		tls_bytes_shrink(&channel->bytes);
}

const struct transport transport_tls = {
    .name = "tls",
    .prepare = tls_run_new,
    .discard = tls_run_free,
    .open = open_worker,
    .close = tls_worker_free,
    .begin = begin,
    .end = end,
    .ready = ready,
    .describe = describe,
    .certificate = certificate,
    .feed = feed,
    .read = read_some,
    .broken = broken,
    .ended = ended,
    .write = write_all,
    .output = output,
    .sent = sent,
};
