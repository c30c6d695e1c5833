/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/mix.h"

#include <stdlib.h>

#include "base/clock.h"
#include "report/html/markup.h"
#include "report/html/sections.h"

enum { ROWS_MOST = 1000 };

static void time_cell(FILE *out, const struct hist *latency, double percent)
{
	html_cell(out, "%s", latency->count ? fmt_time(ns_to_s(hist_percentile(latency, percent))).s : "-");
}

static void row(FILE *out, const struct mix_request *one, const struct mixed_stats *mixed)
{
	fputs("<tr><th scope=\"row\">", out);
	html_text(out, one->method);
	fputs(" ", out);
	html_text(out, one->url);
	fputs("</th>", out);
	html_cell(out, "%s", fmt_grouped((double)mixed->responses).s);
	html_cell(out, "%s", fmt_grouped((double)mixed->errors).s);
	time_cell(out, &mixed->latency, 50);
	time_cell(out, &mixed->latency, 99);
	time_cell(out, &mixed->latency, 100);
	fputs("<td class=\"text\">", out);
	html_text(out, mix_codes(mixed).s);
	fputs("</td></tr>\n", out);
}

void html_mix(struct page *page)
{
	const struct mix *mix = &page->report->plan->mix;
	uint32_t *order, count = page->sum->mix_count;

	if (!count)
		return;
	order = mix_order(page->report);
	page->failed |= !order;
	html_section(page->out, "Requests");
	html_table(page->out, "By the time that they took",
		   "Request|Responses|Errors|p50|p99|Slowest|<Status codes");
	for (uint32_t i = 0; order && i < count && i < ROWS_MOST; i++)
		row(page->out, &mix->requests[order[i]], &page->sum->mix[order[i]]);
	fputs("</tbody></table></div>\n", page->out);
	if (count > ROWS_MOST)
		html_printf(page->out, "<p>and %u more</p>\n", count - ROWS_MOST);
	fputs("</section>\n", page->out);
	free(order);
}
