/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Reads the TLS part of a saved report. */
#include <math.h>

#include "report/saved/parts.h"

enum { DAY_S = 24 * 60 * 60, DAYS_MOST = 1000000 };

static void read_kind(struct reader *reader, const json_t *object, struct handshake_kind *kind)
{
	reader_copy(object, "version", kind->terms.version, sizeof(kind->terms.version));
	reader_copy(object, "cipher", kind->terms.cipher, sizeof(kind->terms.cipher));
	reader_copy(object, "curve", kind->terms.curve, sizeof(kind->terms.curve));
	reader_copy(object, "alpn", kind->terms.alpn, sizeof(kind->terms.alpn));
	kind->count = reader_count(reader, object, "count");
}

static void read_certificate(struct reader *reader, const json_t *tls, struct result *result)
{
	struct handshakes *handshakes = &result->sum->handshakes;
	struct server_certificate *certificate = &handshakes->certificate;
	const json_t *object = json_object_get(tls, "certificate");
	json_int_t days = json_integer_value(json_object_get(object, "expires_in_days"));

	if (!json_is_object(object))
		return;
	if (days < -DAYS_MOST || days > DAYS_MOST) {
		reader_complain(reader, "its certificate expires at no possible time");
		return;
	}
	handshakes->has_certificate = true;
	reader_copy(object, "subject", certificate->subject, sizeof(certificate->subject));
	reader_copy(object, "issuer", certificate->issuer, sizeof(certificate->issuer));
	certificate->expires_s = result->facts.started_at_s + (int64_t)days * DAY_S;
	certificate->verified = json_is_true(json_object_get(tls, "verified"));
}

void saved_tls(struct reader *reader, const json_t *root, struct result *result)
{
	struct handshakes *handshakes = &result->sum->handshakes;
	const json_t *tls = json_object_get(root, "tls"), *kinds;
	size_t count;

	if (!json_is_object(tls))
		return;
	saved_span(reader, reader_object(reader, tls, "full_times"), "full_times", &handshakes->full);
	saved_span(reader, reader_object(reader, tls, "resumed_times"), "resumed_times",
		   &handshakes->resumed);
	handshakes->cpu_ns = reader_ns_or(reader, tls, "cpu_s", 0);
	kinds = reader_array(reader, tls, "kinds");
	count = json_array_size(kinds);
	if (count > HANDSHAKE_KINDS) {
		reader_complain(reader, "it has more than %d kinds of handshakes", HANDSHAKE_KINDS);
		return;
	}
	for (size_t i = 0; i < count; i++)
		read_kind(reader, json_array_get(kinds, i), &handshakes->kinds[i]);
	handshakes->kind_count = (uint32_t)count;
	read_certificate(reader, tls, result);
}
