/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The section on the hosts of a merged report that ran at the same time. */
#include <inttypes.h>

#include "base/clock.h"
#include "report/html/markup.h"
#include "report/html/sections.h"
#include "report/merged.h"

static void host_row(FILE *out, const struct host *host)
{
	fputs("<tr><th scope=\"row\">", out);
	html_text(out, *host->name ? host->name : "-");
	if (host->part)
		fprintf(out, ", part %" PRIu32, host->part);
	fputs("</th>", out);
	html_cell(out, "%u", host->connections);
	html_cell(out, "%s", host->rps >= 0 ? fmt_grouped(host->rps).s : "-");
	html_cell(out, "%s", host->responses ? fmt_time(ns_to_s(host->p50_ns)).s : "-");
	html_cell(out, "%s", host->responses ? fmt_time(ns_to_s(host->p99_ns)).s : "-");
	html_cell(out, "%s", fmt_grouped((double)host->errors).s);
	html_cell(out, "%.0f%%", 100 * host->busy);
	html_cell(out, "%s", verdict_names[host->verdict]);
	fputs("</tr>\n", out);
}

void html_hosts(const struct page *page)
{
	const struct merged *merged = page->report->merged;

	if (!merged || !merged->host_count)
		return;
	html_section(page->out, "Hosts");
	if (*merged->note) {
		fputs("<p>", page->out);
		html_text(page->out, merged->note);
		fputs("</p>\n", page->out);
	}
	html_table(page->out, "The hosts of this run",
		   "Host|Connections|Requests/s|p50|p99|Errors|Busy|Verdict");
	for (unsigned i = 0; i < merged->host_count; i++)
		host_row(page->out, &merged->hosts[i]);
	fputs("</tbody></table></div>\n</section>\n", page->out);
}
