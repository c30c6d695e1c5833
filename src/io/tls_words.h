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

/* What a connection had come to when it failed. */
struct tls_course {
	const char *first; /* bytes that came from the peer: one that is no TLS server shows it there */
	size_t first_length;
	bool shook_hands;	 /* the peer's last word in the handshake had come */
	bool certificate_missed; /* the peer had asked for one, and there was none */
};

/* Why a handshake or a record failed, from OpenSSL's queue of errors, which is empty then. */
void tls_words_of_failure(const struct tls_course *course, char *text, size_t size);

/* The first error in OpenSSL's queue, which this empties: "no start line". */
const char *tls_words_of_queue(char *text, size_t size);

void tls_words_of_certificate(X509 *x509, struct transport_certificate *certificate);

#endif
