/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "io/tls_channel.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/tls_words.h"

bool tls_channel_init(struct tls_channel *channel, SSL_CTX *context)
{
	BIO *bio;

	channel->ssl = SSL_new(context);
	bio = channel->ssl ? tls_bio_new(&channel->bytes) : NULL;
	if (!bio)
		return false;
	SSL_set_bio(channel->ssl, bio, bio);
	SSL_set_app_data(channel->ssl, channel);
	return true;
}

void tls_channel_deinit(struct tls_channel *channel)
{
	/* Without an orderly end OpenSSL would not allow to resume the session. */
	if (channel->ssl && !channel->broken)
		SSL_set_shutdown(channel->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(channel->ssl);
	tls_bytes_deinit(&channel->bytes);
}

bool tls_channel_ready(const void *channel)
{
	return SSL_is_init_finished(((const struct tls_channel *)channel)->ssl);
}

/* One of the two that vastar offers. */
static const char *alpn_name(const unsigned char *alpn, unsigned length)
{
	if (length == 8 && !memcmp(alpn, "http/1.1", 8))
		return "http/1.1";
	return length == 2 && !memcmp(alpn, "h2", 2) ? "h2" : NULL;
}

void tls_channel_describe(const void *at, struct transport_facts *facts)
{
	const struct tls_channel *channel = at;
	SSL *ssl = channel->ssl;
	const unsigned char *alpn;
	unsigned length;
	int group = (int)SSL_get_negotiated_group(ssl);

	SSL_get0_alpn_selected(ssl, &alpn, &length);
	*facts = (struct transport_facts){
	    .version = SSL_get_version(ssl),
	    .cipher = SSL_get_cipher_name(ssl),
	    .group = group ? SSL_group_to_name(ssl, group) : NULL,
	    .alpn = alpn_name(alpn, length),
	    .resumed = SSL_session_reused(ssl),
	};
}

void tls_channel_feed(void *at, const char *bytes, size_t length)
{
	struct tls_channel *channel = at;

	channel->bytes.in = bytes;
	channel->bytes.in_length = length;
	while (channel->first_length < TLS_FIRST_BYTES && length--)
		channel->first[channel->first_length++] = *bytes++;
}

static long fail(struct tls_channel *channel)
{
	struct tls_course course = {
	    .first = channel->first,
	    .first_length = channel->first_length,
	    .certificate_missed = channel->certificate_missed,
	};
	char finished;

	channel->broken = true;
	course.shook_hands = SSL_get_peer_finished(channel->ssl, &finished, sizeof(finished)) > 0;
	if (!*channel->why)
		tls_words_of_failure(&course, channel->why, sizeof(channel->why));
	ERR_clear_error();
	return -1;
}

/* RFC 9113 section 3.2: HTTP/2 over TLS needs ALPN. */
static bool agreed_on_http2(struct tls_channel *channel)
{
	const unsigned char *alpn;
	unsigned length;

	SSL_get0_alpn_selected(channel->ssl, &alpn, &length);
	if (length == 2 && !memcmp(alpn, "h2", 2))
		return true;
	snprintf(channel->why, sizeof(channel->why),
		 "the server does not speak HTTP/2: it chose %s by ALPN (leave out --http2)",
		 length ? "another protocol" : "nothing");
	channel->broken = true;
	return false;
}

static long read_plaintext(struct tls_channel *channel, char *into, size_t size)
{
	size_t got;

	if (channel->broken)
		return -1;
	/* A read that finds nothing costs half as much as one that does. */
	if (!channel->bytes.in_length && !SSL_has_pending(channel->ssl) && tls_channel_ready(channel))
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

long tls_channel_read(void *at, char *into, size_t size)
{
	struct tls_channel *channel = at;
	long got = read_plaintext(channel, into, size);

	if (channel->wants_http2 && got >= 0 && tls_channel_ready(channel)) {
		channel->wants_http2 = false;
		if (!agreed_on_http2(channel))
			return -1;
	}
	return got;
}

const char *tls_channel_broken(const void *channel)
{
	return ((const struct tls_channel *)channel)->why;
}

bool tls_channel_ended(const void *channel)
{
	return ((const struct tls_channel *)channel)->ended;
}

bool tls_channel_write(void *at, const char *bytes, size_t length)
{
	struct tls_channel *channel = at;
	size_t written;

	if (SSL_write_ex(channel->ssl, bytes, length, &written) == 1)
		return true;
	ERR_clear_error();
	return false;
}

/* After a failed handshake or record OpenSSL has already sent its alert. */
void tls_channel_finish(void *at)
{
	struct tls_channel *channel = at;

	if (channel->broken || !tls_channel_ready(channel))
		return;
	SSL_shutdown(channel->ssl);
	ERR_clear_error();
}

const char *tls_channel_output(void *channel, size_t *lengthp)
{
	return tls_bytes_output(&((struct tls_channel *)channel)->bytes, lengthp);
}

void tls_channel_sent(void *at, size_t count)
{
	struct tls_channel *channel = at;

	tls_bytes_sent(&channel->bytes, count);
	if (channel->spare)
		tls_bytes_shrink(&channel->bytes);
}
