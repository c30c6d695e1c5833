/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The JSON report's part about TLS. */
#include "report/tls.h"

#include "report/json/parts.h"

static void put_text(struct tree *tree, json_t *object, const char *key, const char *text)
{
	tree_put(tree, object, key, *text ? tree_string(text) : json_null());
}

static void put_terms(struct tree *tree, json_t *object, const struct handshake_terms *terms)
{
	put_text(tree, object, "version", terms->version);
	put_text(tree, object, "cipher", terms->cipher);
	put_text(tree, object, "curve", terms->curve);
	put_text(tree, object, "alpn", terms->alpn);
}

static void put_span(struct tree *tree, json_t *tls, const char *key, const struct span *span)
{
	json_t *object = tree_nest(tree, tls, key, json_object());

	tree_put(tree, object, "count", tree_integer(span->count));
	tree_put(
	    tree, object, "average_s",
	    tree_real_if(span->count, span->count ? (double)span->sum_ns / (double)span->count * 1e-9 : 0));
	tree_put(tree, object, "fastest_s", tree_seconds_if(span->count, span->min_ns));
	tree_put(tree, object, "slowest_s", tree_seconds_if(span->count, span->max_ns));
}

static void put_certificate(struct tree *tree, json_t *tls, const struct result *result)
{
	const struct server_certificate *certificate = &result->sum->handshakes.certificate;
	json_t *object = tree_nest(tree, tls, "certificate", json_object());

	tree_put(tree, object, "subject", tree_string(certificate->subject));
	tree_put(tree, object, "issuer", tree_string(certificate->issuer));
	tree_put(tree, object, "expires_in_days", json_integer(tls_expires_in_days(result)));
}

void json_put_tls(struct tree *tree, json_t *root, const struct result *result)
{
	const struct handshakes *handshakes = &result->sum->handshakes;
	const struct handshake_kind *usual = handshakes_usual(handshakes);
	json_t *tls, *kinds;

	if (!usual) {
		tree_put(tree, root, "tls", json_null());
		return;
	}
	tls = tree_nest(tree, root, "tls", json_object());
	put_terms(tree, tls, &usual->terms);
	tree_put(tree, tls, "verified", json_boolean(handshakes->certificate.verified));
	tree_put(tree, tls, "handshakes", tree_integer(handshakes_count(handshakes)));
	tree_put(tree, tls, "resumed", tree_integer(handshakes->resumed.count));
	tree_put(tree, tls, "cpu_s", tree_seconds(handshakes->cpu_ns));
	tree_put(tree, tls, "cpu_share", json_real(result_handshake_share(result)));
	put_span(tree, tls, "full_times", &handshakes->full);
	put_span(tree, tls, "resumed_times", &handshakes->resumed);
	if (handshakes->has_certificate)
		put_certificate(tree, tls, result);
	else
		tree_put(tree, tls, "certificate", json_null());
	kinds = tree_nest(tree, tls, "kinds", json_array());
	for (uint32_t i = 0; i < handshakes->kind_count; i++) {
		json_t *kind = json_object();

		put_terms(tree, kind, &handshakes->kinds[i].terms);
		tree_put(tree, kind, "count", tree_integer(handshakes->kinds[i].count));
		tree_append(tree, kinds, kind);
	}
}
