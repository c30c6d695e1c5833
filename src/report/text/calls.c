/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/calls.h"

#include <inttypes.h>

#include "base/pages.h"
#include "report/format.h"
#include "report/text/paint.h"
#include "report/text/sections.h"

void page_calls(struct page *page)
{
	const struct calls *calls = &page->sum->calls;

	fputs("\ngRPC status distribution:\n", page->out);
	for (unsigned i = 0; i < CALL_STATUSES; i++) {
		if (!calls->status[i])
			continue;
		fputs("  ", page->out);
		page_paint(page, i ? RED : GREEN, "[%s]", call_status_names[i]);
		fprintf(page->out, " %" PRIu64 " responses", calls->status[i]);
		if (*calls->text[i]) {
			fputs(": ", page->out);
			fmt_escaped(page->out, calls->text[i]);
		}
		fputc('\n', page->out);
	}
	for (unsigned code = 0; code < STATUS_CODES; code++)
		if (page->sum->status[code] && code != 200)
			fprintf(page->out, "  %" PRIu64 " of them with HTTP status %u\n",
				page->sum->status[code], code);
	if (page->sum->responses)
		fprintf(page->out, "  %-13s %" PRIu64 " sent, %" PRIu64 " received, %s per second together\n",
			"messages:", calls->sent, calls->received,
			fmt_grouped(calls_messages_per_s(page->result)).s);
	if (calls->first_message.count) {
		fprintf(page->out, "  %-13s ", "first message:");
		page_in_a_line(page, &calls->first_message);
	}
	if (calls->message_gap.count) {
		fprintf(page->out, "  %-13s ", "next message:");
		page_in_a_line(page, &calls->message_gap);
	}
}

void page_call_classes(struct page *page)
{
	struct hist *scratch = pages_new(sizeof(*scratch));
	const struct hist *fine = scratch ? calls_fine_latency(page->result, scratch) : NULL;
	const struct hist *failed = &page->sum->calls.failed_latency;

	page->failed |= !scratch;
	if (fine) {
		fputs("\nResponse time by status:\n  ", page->out);
		page_paint(page, GREEN, "[OK]");
		fprintf(page->out, " %" PRIu64 ": ", fine->count);
		page_in_a_line(page, fine);
		fputs("  ", page->out);
		page_paint(page, RED, "[not OK]");
		fprintf(page->out, " %" PRIu64 ": ", failed->count);
		page_in_a_line(page, failed);
	}
	pages_free(scratch, sizeof(*scratch));
}
