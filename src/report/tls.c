/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/tls.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "report/format.h"

enum { DAY_S = 24 * 60 * 60 };

int64_t tls_expires_in_days(const struct result *result)
{
	int64_t left_s = result->sum->handshakes.certificate.expires_s - result->facts.started_at_s;

	return left_s >= 0 ? left_s / DAY_S : -((-left_s + DAY_S - 1) / DAY_S);
}

void tls_print_terms(FILE *out, const struct handshake_terms *terms)
{
	fprintf(out, "%s, %s%s%s", terms->version, terms->cipher, *terms->curve ? ", " : "", terms->curve);
}

static void print_span(FILE *out, const struct span *span, const char *what)
{
	fprintf(out, "%" PRIu64 " %s", span->count, what);
	if (span->count)
		fprintf(out, " (mean %s)", fmt_time((double)span->sum_ns / (double)span->count * 1e-9).s);
}

void tls_print_handshakes(FILE *out, const struct result *result)
{
	print_span(out, &result->sum->handshakes.full, "full");
	fputs(", ", out);
	print_span(out, &result->sum->handshakes.resumed, "resumed");
}

void tls_print_certificate(FILE *out, const struct result *result)
{
	const struct server_certificate *certificate = &result->sum->handshakes.certificate;
	int64_t days = tls_expires_in_days(result);

	fmt_escaped(out, certificate->subject);
	fputs(", issued by ", out);
	fmt_escaped(out, certificate->issuer);
	if (days < 0)
		fprintf(out, ", expired %" PRId64 " day%s ago", -days, days == -1 ? "" : "s");
	else
		fprintf(out, ", expires in %" PRId64 " day%s", days, days == 1 ? "" : "s");
}
