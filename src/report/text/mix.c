/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/mix.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "report/format.h"
#include "report/text/paint.h"
#include "report/text/sections.h"

static void print_one(struct page *page, const struct mix_request *one, const struct mixed_stats *mixed)
{
	fprintf(page->out, "  %s ", one->method);
	fmt_escaped(page->out, one->url);
	fputs("\n    ", page->out);
	page_count(page, mixed->responses, "response");
	if (mixed->errors) {
		fputs(", ", page->out);
		page_paint(page, RED, "%" PRIu64 " error%s", mixed->errors, mixed->errors == 1 ? "" : "s");
	}
	if (mixed->responses) {
		fprintf(page->out, " (%s): ", mix_codes(mixed).s);
		page_in_a_line(page, &mixed->latency);
	} else {
		fputc('\n', page->out);
	}
}

void page_mix(struct page *page)
{
	const struct mix *mix = &page->report->plan->mix;
	uint32_t *order, count = page->sum->mix_count;

	if (!count)
		return;
	order = mix_order(page->report);
	page->failed |= !order;
	fputs("\nRequests, by the time that they took:\n", page->out);
	for (uint32_t i = 0; order && i < count && i < MIX_SHOWN; i++)
		print_one(page, &mix->requests[order[i]], &page->sum->mix[order[i]]);
	if (count > MIX_SHOWN)
		fprintf(page->out, "  and %" PRIu32 " more (-o json and -o csv-requests have all)\n",
			count - MIX_SHOWN);
	free(order);
}
