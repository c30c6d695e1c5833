/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The text report's table of the hosts that ran at the same time. */
#include <inttypes.h>
#include <math.h>

#include "base/clock.h"
#include "report/format.h"
#include "report/merged.h"
#include "report/text/paint.h"
#include "report/text/sections.h"

enum { NAME_COLUMNS = 24 };

static void print_host(struct page *page, const struct host *host)
{
	char part[16] = "-";

	if (host->part)
		snprintf(part, sizeof(part), "%" PRIu32, host->part);
	fprintf(page->out, "  %5s  %-*.*s %8u %12.2f %11s %11s %9" PRIu64 " %5.0f %%  ", part, NAME_COLUMNS,
		NAME_COLUMNS, *host->name ? host->name : "-", host->connections,
		isnan(host->rps) ? 0 : host->rps, host->responses ? fmt_short(ns_to_s(host->p50_ns)).s : "-",
		host->responses ? fmt_short(ns_to_s(host->p99_ns)).s : "-", host->errors, 100 * host->busy);
	page_paint(page, host->verdict == VERDICT_OK ? GREEN : ORANGE, "%s", verdict_names[host->verdict]);
	fputc('\n', page->out);
}

void page_hosts(struct page *page)
{
	const struct merged *merged = page->report->merged;

	if (!merged || !merged->host_count)
		return;
	fprintf(page->out, "Hosts:\n  %5s  %-*s %8s %12s %11s %11s %9s %7s  %s\n", "part", NAME_COLUMNS,
		"host", "conns", "rps", "p50", "p99", "errors", "busy", "verdict");
	for (unsigned i = 0; i < merged->host_count; i++)
		print_host(page, &merged->hosts[i]);
	if (*merged->note) {
		fputs("  ", page->out);
		fmt_wrapped(page->out, merged->note, 2, 2, PAGE_WIDTH);
	}
	fputc('\n', page->out);
}
