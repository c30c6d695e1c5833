/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/page.h"

#include "report/emit.h"

int page_write(const struct report *report, void (*print)(struct page *page), FILE *out,
	       struct vastar_error *err)
{
	struct page page = {.report = report, .result = report->result, .sum = report->result->sum};
	struct draft draft;

	if (!draft_open(&draft))
		return err_nomem(err, "report");
	page.out = draft.stream;
	slo_levels(&page.slo, report->result, &report->plan->slo);
	print(&page);
	draft.failed |= page.failed;
	return draft_emit(&draft, out, err);
}
