/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/transport.h"
#include "io/tls.h"

enum { MANY_CONNECTIONS = 2000 };

static enum tls_version version_of(unsigned version)
{
	return version == 12 ? TLS_1_2 : version == 13 ? TLS_1_3 : TLS_ANY;
}

void *transport_prepare(const struct transport *transport, const struct vastar_plan *plan,
			struct vastar_error *err)
{
	const struct tls_plan *tls = &plan->tls;
	struct tls_settings settings = {
	    .ca_file = tls->ca_file,
	    .ca_path = tls->ca_path,
	    .crl_file = tls->crl_file,
	    .insecure = tls->insecure,
	    .cert_file = tls->cert_file,
	    .key_file = tls->key_file,
	    .password_file = tls->password_file,
	    .server_name = tls->server_name,
	    .min = version_of(tls->min),
	    .max = version_of(tls->max),
	    .ciphers = tls->ciphers,
	    .tls13_ciphers = tls->tls13_ciphers,
	    .curves = tls->curves,
	    .no_session_reuse = tls->no_session_reuse,
	    .key_log_file = tls->key_log_file,
	    .http2 = plan->protocol == PROTOCOL_HTTP2,
	    .many = plan->connections > MANY_CONNECTIONS,
	};

	return transport->prepare(&settings, err);
}
