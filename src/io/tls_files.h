/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Files named by options of the command line. */
#ifndef VASTAR_IO_TLS_FILES_H
#define VASTAR_IO_TLS_FILES_H

#include <openssl/x509.h>

#include "base/err.h"

/* What is wrong with the file, from OpenSSL's error queue. Empties the queue. */
int tls_bad_file(const char *option, const char *path, struct vastar_error *err);

/* All certificates of a file in PEM format, at least one; the caller frees them. NULL: failed, as *err
 * says. */
STACK_OF(X509) * tls_read_certificates(const char *option, const char *path, struct vastar_error *err);

/* All lists of revoked certificates of a file, in the same way. */
STACK_OF(X509_CRL) * tls_read_revoked(const char *option, const char *path, struct vastar_error *err);

/* The key is not the one of the certificate. */
int tls_bad_pair(const char *key_file, const char *cert_file, struct vastar_error *err);

#endif
