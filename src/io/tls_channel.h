/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Shared by both ends of TLS: plaintext and records of one connection. */
#ifndef VASTAR_IO_TLS_CHANNEL_H
#define VASTAR_IO_TLS_CHANNEL_H

#include <openssl/ssl.h>

#include "io/tls_bio.h"
#include "io/transport.h"

enum { TLS_FIRST_BYTES = 8 };

/* The first member of the channels of both ends. */
struct tls_channel {
	struct tls_bytes bytes;
	SSL *ssl;
	bool broken;
	bool ended;		     /* the peer has sent close_notify */
	bool certificate_missed;     /* the peer requires one, and there is none */
	bool wants_http2;	     /* a handshake that does not agree on h2 fails */
	bool spare;		     /* empty buffers release their memory */
	char first[TLS_FIRST_BYTES]; /* of the received bytes */
	uint8_t first_length;
	char why[160];
};

/* False: out of memory. tls_channel_deinit() is called in any case. */
bool tls_channel_init(struct tls_channel *channel, SSL_CTX *context);
void tls_channel_deinit(struct tls_channel *channel);

/* As struct transport has them. */
bool tls_channel_ready(const void *channel);
void tls_channel_describe(const void *channel, struct transport_facts *facts);
void tls_channel_feed(void *channel, const char *bytes, size_t length);
long tls_channel_read(void *channel, char *into, size_t size);
const char *tls_channel_broken(const void *channel);
bool tls_channel_ended(const void *channel);
bool tls_channel_write(void *channel, const char *bytes, size_t length);
void tls_channel_finish(void *channel);
const char *tls_channel_output(void *channel, size_t *lengthp);
void tls_channel_sent(void *channel, size_t count);

#endif
