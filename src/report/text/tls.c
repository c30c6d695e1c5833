/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/tls.h"

#include <inttypes.h>

#include "report/text/paint.h"
#include "report/text/sections.h"

/* Handshakes that take less than this share of vastar's time say nothing. */
static const double WORTH_A_WORD = 0.05;

static void print_kinds(struct page *page, const struct handshakes *handshakes)
{
	for (uint32_t i = 0; i < handshakes->kind_count; i++) {
		const struct handshake_kind *kind = &handshakes->kinds[i];

		fprintf(page->out, "  %-13s ", i ? "" : "protocol:");
		tls_print_terms(page->out, &kind->terms);
		if (handshakes->kind_count > 1)
			fprintf(page->out, " (%" PRIu64 " connections)", kind->count);
		fputc('\n', page->out);
	}
}

static void print_certificate(struct page *page, const struct handshakes *handshakes)
{
	if (!handshakes->has_certificate)
		return;
	fprintf(page->out, "  %-13s ", "certificate:");
	tls_print_certificate(page->out, page->result);
	if (tls_expires_in_days(page->result) < TLS_EXPIRES_SOON_DAYS) {
		fputc(' ', page->out);
		page_paint(page, ORANGE, "[warning]");
	}
	if (!handshakes->certificate.verified) {
		fputs(", ", page->out);
		page_paint(page, ORANGE, "not verified");
	}
	fputc('\n', page->out);
}

void page_tls(struct page *page)
{
	const struct handshakes *handshakes = &page->sum->handshakes;

	if (!handshakes_count(handshakes))
		return;
	fputs("\nTLS:\n", page->out);
	print_kinds(page, handshakes);
	print_certificate(page, handshakes);
	fprintf(page->out, "  %-13s ", "handshakes:");
	tls_print_handshakes(page->out, page->result);
	if (result_handshake_share(page->result) >= WORTH_A_WORD)
		fprintf(page->out, ", %.0f %% of vastar's CPU time",
			100 * result_handshake_share(page->result));
	fputc('\n', page->out);
}
