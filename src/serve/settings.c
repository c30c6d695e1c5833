/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/settings.h"

#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "serve/response.h"

enum { WORKERS_MAX = 1024 };

void serve_settings_init(struct serve_settings *settings)
{
	*settings = (struct serve_settings){
	    .address = "127.0.0.1:8080",
	    .workers = 1,
	    .status = 200,
	    .body_bytes = 13,
	    .seed = 1,
	    .stop_fd = -1,
	    .h2_streams = SERVE_STREAMS_ANY,
	    .h2_reset_code = 2,
	};
}

static int bad_delay(const char *text, struct vastar_error *err)
{
	return err_set(err, VASTAR_E_USAGE,
		       "delay '%s': not understood (use 20ms, 10ms..30ms, exp:20ms or 5ms,100ms:0.1)", text);
}

int serve_delay_parse(const char *text, struct serve_delay *delay, struct vastar_error *err)
{
	char copy[128];
	char *second, *share;
	struct serve_delay parsed = {.kind = SERVE_DELAY_FIXED};

	if (strlen(text) >= sizeof(copy))
		return bad_delay(text, err);
	strcpy(copy, text);
	if (!strncmp(copy, "exp:", 4)) {
		parsed.kind = SERVE_DELAY_EXPONENTIAL;
		if (!num_duration(copy + 4, &parsed.a_ns))
			return bad_delay(text, err);
	} else if ((second = strstr(copy, ".."))) {
		parsed.kind = SERVE_DELAY_UNIFORM;
		*second = '\0';
		if (!num_duration(copy, &parsed.a_ns) || !num_duration(second + 2, &parsed.b_ns) ||
		    parsed.b_ns < parsed.a_ns)
			return bad_delay(text, err);
	} else if ((second = strchr(copy, ',')) && (share = strchr(second, ':'))) {
		parsed.kind = SERVE_DELAY_BIMODAL;
		*second = *share = '\0';
		if (!num_duration(copy, &parsed.a_ns) || !num_duration(second + 1, &parsed.b_ns) ||
		    !num_real(share + 1, &parsed.share) || parsed.share > 1)
			return bad_delay(text, err);
	} else if (!num_duration(copy, &parsed.a_ns)) {
		return bad_delay(text, err);
	}
	if (!parsed.a_ns && parsed.kind != SERVE_DELAY_UNIFORM && parsed.kind != SERVE_DELAY_BIMODAL)
		parsed.kind = SERVE_DELAY_NONE;
	*delay = parsed;
	return 0;
}

static int check_tls(const struct serve_settings *settings, struct vastar_error *err)
{
	const char *needs_tls = settings->tls_cert_file	   ? "--cert"
				: settings->tls_key_file   ? "--key"
				: settings->tls_client_ca  ? "--client-ca"
				: settings->tls_cert_out   ? "--cert-out"
				: settings->tls_rsa	   ? "--rsa"
				: settings->tls_no_tickets ? "--no-tickets"
							   : NULL;

	if (!settings->tls)
		return needs_tls ? err_set(err, VASTAR_E_USAGE, "%s: needs --tls", needs_tls) : 0;
	if (settings->tls_key_file && !settings->tls_cert_file)
		return err_set(err, VASTAR_E_USAGE,
			       "--key: needs --cert, the certificate that it belongs to");
	if (settings->tls_cert_file && (settings->tls_rsa || settings->tls_cert_out))
		return err_set(err, VASTAR_E_USAGE,
			       "%s: is about the certificate that vastar makes (leave --cert out)",
			       settings->tls_rsa ? "--rsa" : "--cert-out");
	return 0;
}

static int check_http2(const struct serve_settings *settings, struct vastar_error *err)
{
	const char *needs_http2 = settings->h2_streams != SERVE_STREAMS_ANY ? "--h2-streams"
				  : settings->h2_window			    ? "--h2-window"
				  : settings->h2_settings_delay_ns	    ? "--h2-settings-delay"
				  : settings->h2_reset_every		    ? "--h2-reset-every"
				  : settings->h2_header_flood		    ? "--h2-header-flood"
									    : NULL;

	if (!settings->http2)
		return needs_http2 ? err_set(err, VASTAR_E_USAGE, "%s: needs --http2", needs_http2) : 0;
#ifndef HAVE_HTTP2
	return err_set(err, VASTAR_E_USAGE,
		       "--http2: vastar was built without it (install libnghttp2-dev and build again with "
		       "-Dhttp2=enabled)");
#else
	return 0;
#endif
}

int serve_settings_check(const struct serve_settings *settings, struct vastar_error *err)
{
	if (!settings->workers || settings->workers > WORKERS_MAX)
		return err_set(err, VASTAR_E_USAGE, "workers %u: not between 1 and %u", settings->workers,
			       WORKERS_MAX);
	if (settings->capacity && settings->workers > 1)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "capacity %u with %u workers: one queue needs one worker (leave one of them out)",
		    settings->capacity, settings->workers);
	if (settings->status < 200 || settings->status > 999)
		return err_set(err, VASTAR_E_USAGE, "status %u: not between 200 and 999", settings->status);
	if (settings->extra_headers > RESPONSE_EXTRA_MAX)
		return err_set(err, VASTAR_E_USAGE, "headers %u: at most %u", settings->extra_headers,
			       RESPONSE_EXTRA_MAX);
	if (settings->stream_chunks && settings->stream_bytes < (settings->sse ? 9 : 1))
		return err_set(err, VASTAR_E_USAGE, "chunks of %" PRIu64 " bytes: too small (at least %d)",
			       settings->stream_bytes, settings->sse ? 9 : 1);
	if (settings->stream_chunks > RESPONSE_BYTES_MAX || settings->stream_bytes > RESPONSE_BYTES_MAX)
		return err_set(err, VASTAR_E_USAGE, "stream: at most 2^30 chunks of at most 2^30 bytes");
	if (settings->sse && !settings->stream_chunks)
		return err_set(err, VASTAR_E_USAGE, "events without a number of chunks: say how many");
	return check_tls(settings, err) ? -VASTAR_E_USAGE : check_http2(settings, err);
}
