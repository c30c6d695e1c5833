/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Files that an option of the command line names. */
#ifndef VASTAR_IO_TLS_FILES_H
#define VASTAR_IO_TLS_FILES_H

#include <openssl/x509.h>

#include "base/err.h"

/* What is wrong with the file, from OpenSSL's queue of errors, which is empty then. */
int tls_bad_file(const char *option, const char *path, struct vastar_error *err);

/* All certificates of a file in PEM format, at least one; the caller frees them. NULL: *err says why not. */
STACK_OF(X509) * tls_read_certificates(const char *option, const char *path, struct vastar_error *err);

/* All lists of revoked certificates of a file, in the same way. */
STACK_OF(X509_CRL) * tls_read_revoked(const char *option, const char *path, struct vastar_error *err);

/* The key is not the one of the certificate. */
int tls_bad_pair(const char *key_file, const char *cert_file, struct vastar_error *err);

#endif
