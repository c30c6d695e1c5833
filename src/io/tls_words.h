/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Explains OpenSSL's errors in words. */
#ifndef VASTAR_IO_TLS_WORDS_H
#define VASTAR_IO_TLS_WORDS_H

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stddef.h>

#include "io/transport.h"

/* Why a certificate is not accepted: "certificate has expired (2026-01-03)". */
void tls_words_of_verify(X509_STORE_CTX *context, char *text, size_t size);

/* Why a handshake or a record failed, from OpenSSL's error queue, which this empties. `first` are the
 * first bytes from the peer: they show whether the peer is not a TLS server at all. */
void tls_words_of_failure(const char *first, size_t length, char *text, size_t size);

/* The first error in OpenSSL's queue, which this empties: "no start line". */
const char *tls_words_of_queue(char *text, size_t size);

void tls_words_of_certificate(X509 *x509, struct transport_certificate *certificate);

#endif
