/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Explains OpenSSL's errors in words. */
#ifndef VASTAR_IO_TLS_WORDS_H
#define VASTAR_IO_TLS_WORDS_H

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdbool.h>
#include <stddef.h>

#include "io/transport.h"

/* Why a certificate is not accepted: "certificate has expired (2026-01-03)". */
void tls_words_of_verify(X509_STORE_CTX *context, char *text, size_t size);

/* The state of a connection when it failed. */
struct tls_course {
	const char *first; /* bytes from the peer: they show if it is not a TLS server */
	size_t first_length;
	bool shook_hands;	 /* the peer's last handshake message had arrived */
	bool certificate_missed; /* the peer required one, and there was none */
};

/* Why a handshake or a record failed, from OpenSSL's error queue. Empties the queue. */
void tls_words_of_failure(const struct tls_course *course, char *text, size_t size);

/* The first error in OpenSSL's queue, such as "no start line". Empties the queue. */
const char *tls_words_of_queue(char *text, size_t size);

void tls_words_of_certificate(X509 *x509, struct transport_certificate *certificate);

#endif
