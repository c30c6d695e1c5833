/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* TLS in the words of the reports for people. */
#ifndef VASTAR_REPORT_TLS_H
#define VASTAR_REPORT_TLS_H

#include <stdio.h>

#include "report/report.h"

enum { TLS_EXPIRES_SOON_DAYS = 14 };

/* Until the server's certificate expires, from the start of the run; below 0: it has expired. */
int64_t tls_expires_in_days(const struct result *result);

/* Each prints a few words without a newline; there must have been a handshake. */
/* "TLSv1.3, TLS_AES_256_GCM_SHA384, X25519" */
void tls_print_terms(FILE *out, const struct handshake_terms *terms);
/* "50 full (mean 1.23 ms), 100 resumed (mean 0.31 ms)" */
void tls_print_handshakes(FILE *out, const struct result *result);
/* "localhost, issued by Test CA, expires in 89 days" */
void tls_print_certificate(FILE *out, const struct result *result);

#endif
