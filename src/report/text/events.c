/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The section on event streams. */
#include <inttypes.h>

#include "base/clock.h"
#include "report/events.h"
#include "report/text/sections.h"

static void print_times(struct page *page, const char *name, const struct hist *hist)
{
	if (!hist->count)
		return;
	fprintf(page->out, "  %-13s ", name);
	page_in_a_line(page, hist);
}

void page_events(struct page *page)
{
	const struct event_stats *events = page->sum->events;

	if (!events)
		return;
	fputs("\nEvent streams:\n  events:       ", page->out);
	events_print_count(page->out, page->result);
	fputc('\n', page->out);
	print_times(page, "first event:", &events->first);
	print_times(page, "gap:", &events->gap);
	print_times(page, "mean gap:", &events->mean_gap);
	if (events->together)
		fprintf(page->out, "  %-13s %s\n", "together:", events_together(events).s);
	if (event_stats_unended(events))
		fprintf(page->out, "  %-13s %" PRIu64 " streams without their end\n",
			"unended:", event_stats_unended(events));
	if (events->empty)
		fprintf(page->out, "  %-13s %" PRIu64 " responses without an event\n",
			"empty:", events->empty);
}
