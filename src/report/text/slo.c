/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "report/text/paint.h"
#include "report/text/sections.h"

enum { COLUMNS = 2 };

static int wider(int width, const char *text)
{
	int length = (int)strlen(text);

	return length > width ? length : width;
}

void page_slo_targets(struct page *page)
{
	struct slo_verdict verdicts[SLO_VERDICTS_MAX];
	unsigned count = slo_verdicts(&page->report->plan->slo, page->result, verdicts);
	char targets[SLO_VERDICTS_MAX][64];
	int widths[COLUMNS] = {(int)strlen("Target"), (int)strlen("Measured")};

	if (!count)
		return;
	for (unsigned i = 0; i < count; i++) {
		snprintf(targets[i], sizeof(targets[i]), "%s %s %s", verdicts[i].metric,
			 verdicts[i].comparison, slo_limit_text(&verdicts[i]).s);
		widths[0] = wider(widths[0], targets[i]);
		widths[1] = wider(widths[1], slo_measured_text(&verdicts[i]).s);
	}
	fprintf(page->out,
		"\nSLO targets (over all %" PRIu64 " requests, a failure ranks above every response):\n"
		"  %-*s  %-*s  Verdict\n",
		result_requests(page->result), widths[0], "Target", widths[1], "Measured");
	for (unsigned i = 0; i < count; i++) {
		fprintf(page->out, "  %-*s  %-*s  ", widths[0], targets[i], widths[1],
			slo_measured_text(&verdicts[i]).s);
		page_paint(page, verdicts[i].met ? GREEN : RED, "%s", verdicts[i].met ? "pass" : "FAIL");
		fputc('\n', page->out);
	}
}
