/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A copy of the TLS settings. */
#ifndef VASTAR_PLAN_TLS_PLAN_H
#define VASTAR_PLAN_TLS_PLAN_H

#include <stdbool.h>
#include <vastar/vastar.h>

#include "base/err.h"

/* As in struct vastar_settings. Every text is owned, or NULL if not given. */
struct tls_plan {
	char *ca_file, *ca_path, *crl_file;
	char *cert_file, *key_file, *password_file;
	char *server_name;
	char *ciphers, *tls13_ciphers, *curves;
	char *key_log_file;
	unsigned min, max; /* 12 or 13; 0: any */
	bool insecure, no_session_reuse;
};

/* Finds conflicts of the settings: VASTAR_E_USAGE with a message. */
int tls_plan_check(const struct vastar_settings *settings, struct vastar_error *err);

/* The settings must be checked. Deinit it also after a failure. */
int tls_plan_copy(struct tls_plan *tls, const struct vastar_settings *settings, struct vastar_error *err);
void tls_plan_deinit(struct tls_plan *tls);

#endif
