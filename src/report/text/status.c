/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <inttypes.h>

#include "base/pages.h"
#include "report/text/paint.h"
#include "report/text/sections.h"

/* Shows each class by itself: fast errors would make a slow server look fast. */
void page_classes(struct page *page)
{
	static const uint8_t colors[] = {GREEN, YELLOW, RED, RED};
	struct hist *scratch;

	if (page->report->plan->call.wanted)
		page_call_classes(page);
	if (!result_classes_differ(page->result))
		return;
	scratch = pages_new(sizeof(*scratch));
	page->failed |= !scratch;
	fputs("\nResponse time by status:\n", page->out);
	for (unsigned class = 2; scratch && class < CLASS_FIRST + CLASSES; class ++) {
		const struct hist *latency = result_class_latency(page->result, class, scratch);

		if (!latency)
			continue;
		fputs("  ", page->out);
		page_paint(page, colors[class - 2], "[%uxx]", class);
		fprintf(page->out, " %" PRIu64 ": ", latency->count);
		page_in_a_line(page, latency);
	}
	pages_free(scratch, sizeof(*scratch));
}
