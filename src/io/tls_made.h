/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A certificate made for one run of a server, and its authority. */
#ifndef VASTAR_IO_TLS_MADE_H
#define VASTAR_IO_TLS_MADE_H

#include <openssl/bio.h>
#include <stdbool.h>

#include "base/err.h"

/* Writes them in PEM format: for localhost, 127.0.0.1, ::1 and `address`, which may be NULL. ECDSA with P-256
 * unless `rsa`, then RSA with 2048 bits. */
int tls_made(const char *address, bool rsa, BIO *certificate, BIO *key, BIO *authority,
	     struct vastar_error *err);

#endif
