/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The section on event streams. */
#include "report/events.h"

#include <inttypes.h>

#include "base/clock.h"
#include "report/html/markup.h"
#include "report/html/sections.h"
#include "report/percentiles.h"

static void percentile_row(FILE *out, double percent, const struct event_stats *events)
{
	const struct hist *const hists[] = {&events->first, &events->gap, &events->mean_gap};

	fprintf(out, "<tr><th scope=\"row\">%s</th>", fmt_percent(percent).s);
	for (unsigned i = 0; i < 3; i++)
		html_cell(out, "%s",
			  hists[i]->count ? fmt_time(ns_to_s(hist_percentile(hists[i], percent))).s : "-");
	fputs("</tr>\n", out);
}

static void counts_table(const struct page *page, const struct event_stats *events)
{
	FILE *out = page->out;

	fputs("<div class=\"facts\">", out);
	html_table(out, "Events", "");
	fputs("<tr><th scope=\"row\">Events</th><td>", out);
	events_print_count(out, page->result);
	fputs("</td></tr>\n", out);
	html_row(out, "Streams", "%s", fmt_grouped((double)events->streams).s);
	if (events->together)
		html_row_text(out, "Together", events_together(events).s);
	html_row(out, "Without their end", "%" PRIu64, event_stats_unended(events));
	html_row(out, "Responses without an event", "%" PRIu64, events->empty);
	fputs("</tbody></table></div></div>\n", out);
}

void html_events(const struct page *page)
{
	const struct event_stats *events = page->sum->events;
	struct percentiles shown = percentiles_shown(page->report);

	if (!events)
		return;
	html_section(page->out, "Event streams");
	fputs("<div class=\"columns\">\n<div>", page->out);
	html_table(page->out, "When the events arrived", "Percentile|First event|Gap|Mean gap of a response");
	for (unsigned i = 0; i < shown.count; i++)
		percentile_row(page->out, shown.list[i].percent, events);
	fputs("</tbody></table></div></div>\n<div>", page->out);
	counts_table(page, events);
	fputs("</div>\n</div>\n</section>\n", page->out);
}
