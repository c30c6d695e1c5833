/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The report as one HTML file, for people who did not see the run: first the headline, then plots, then
 * tables. */
#include "report/html/html.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "report/body.h"
#include "report/failures.h"
#include "report/html/markup.h"
#include "report/html/sections.h"
#include "report/load.h"

/* ---- headline ---- */

static void write_header(const struct page *page)
{
	const struct run_facts *facts = &page->result->facts;

	html_begin(page->out, page->report->plan->method, page->report->plan->url);
	fputs("<p>", page->out);
	html_printf(page->out, "%s, %s, ", load_describe(page->report).s,
		    fmt_time(ns_to_s(facts->total_ns)).s);
	fprintf(page->out, "<time>%s</time></p>\n</header>\n",
		fmt_instant(facts->started_at_s, (int)facts->started_at_ms).s);
}

static void write_banners(const struct page *page)
{
	const struct result *result = page->result;
	const struct run_facts *facts = &result->facts;
	char text[400];

	if (facts->interrupted)
		html_banner(page->out, "alert", "Interrupted.",
			    "Stopped before the end; the figures cover the time until then.");
	if (!page->sum->latency.count) {
		failures_of_all(result, text, sizeof(text));
		html_banner(page->out, "alert", "No responses.", text);
	}
	if (result->verdict != VERDICT_OK) {
		snprintf(text, sizeof(text), "Verdict: %s%s.", verdict_names[result->verdict],
			 result->is_void ? ", void" : "");
		html_banner(page->out, "alert", text, result->verdict_reason);
	}
	if (facts->connections_open < facts->connections) {
		snprintf(text, sizeof(text), "%u of %u connections were open when the clock started.",
			 facts->connections_open, facts->connections);
		html_banner(page->out, "alert", "Connections.", text);
	}
	if (*facts->note)
		html_banner(page->out, "note", "Note.", facts->note);
	if (*body_doubt(page->report->plan).s)
		html_banner(page->out, "note", "Note.", body_doubt(page->report->plan).s);
	html_load_banners(page);
}

static void percentile_card(const struct page *page, double percent)
{
	const struct hist *latency = &page->sum->latency;
	uint64_t low, high;
	char note[80] = "";

	hist_interval(latency, percent, &low, &high);
	if (latency->count && hist_weak(latency, percent))
		snprintf(note, sizeof(note), "too few responses for an interval");
	else if (low && high)
		snprintf(note, sizeof(note), "%s to %s", fmt_time(ns_to_s(low)).s, fmt_time(ns_to_s(high)).s);
	html_card(page->out, fmt_percent(percent).s,
		  latency->count ? fmt_time(ns_to_s(hist_percentile(latency, percent))).s : "-", note);
}

static void rate_card(const struct page *page)
{
	const struct vastar_plan *plan = page->report->plan;
	double rps = result_rps(page->result), goodput = result_goodput_rps(page->result);
	char note[80] = "";

	if (goodput < rps)
		snprintf(note, sizeof(note),
			 page->report->plan->call.wanted ? "%s of them OK" : "%s of them 2xx",
			 fmt_grouped(goodput).s);
	else if (plan->rate > 0)
		snprintf(note, sizeof(note), "of %s requested", fmt_grouped(plan->rate).s);
	html_card(page->out, "Requests/s", fmt_grouped(rps).s, note);
}

static void write_headline(const struct page *page)
{
	const struct shard *sum = page->sum;
	uint64_t requests = result_requests(page->result), errors = result_errors(page->result);
	char note[80] = "";

	fputs("<dl class=\"cards\">\n", page->out);
	rate_card(page);
	snprintf(note, sizeof(note), "%s bytes", fmt_grouped((double)sum->bytes).s);
	html_card(page->out, "Responses", fmt_grouped((double)sum->responses).s, note);
	*note = '\0';
	if (result_non_2xx(page->result))
		snprintf(note, sizeof(note), "and %s responses other than 2xx",
			 fmt_grouped((double)result_non_2xx(page->result)).s);
	else if (requests)
		snprintf(note, sizeof(note), "%.3g%% of requests", 100 * (double)errors / (double)requests);
	html_card(page->out, "Errors", fmt_grouped((double)errors).s, note);
	percentile_card(page, 50);
	percentile_card(page, 99);
	html_card(page->out, "Slowest", sum->latency.count ? fmt_time(ns_to_s(sum->latency.max_ns)).s : "-",
		  sum->latency.count ? "of all responses" : "");
	fputs("</dl>\n", page->out);
}

/* ---- settings ---- */

static void settings_table(const struct page *page)
{
	const struct vastar_plan *plan = page->report->plan;
	FILE *out = page->out;

	fputs("<div class=\"facts\">", out);
	html_table(out, "Settings", "");
	html_row_command(out, "Command", plan->command);
	html_row_text(out, "URL", plan->url);
	html_row_text(out, "Method", plan->method);
	html_load_rows(page);
	html_row_text(out, "Keep-alive", plan->keepalive ? "yes" : "no");
	html_row_text(out, "Compression", plan->compression ? "offered" : "not offered");
	html_row_text(out, "Redirects",
		      !plan->follow_redirects ? "not followed"
		      : plan->redirect_hosts  ? "followed, to other hosts too"
					      : "followed on the same host");
	html_row(out, "Request", "%s bytes", fmt_grouped((double)plan->request.length).s);
	fputs("</tbody></table></div></div>\n", out);
}

/* ---- the page ---- */

static void write_latency(const struct page *page)
{
	html_section(page->out, "Response time");
	fputs("<div class=\"columns\">\n", page->out);
	html_histogram(page);
	html_percentile_curve(page);
	fputs("<div>", page->out);
	html_percentiles(page);
	fputs("</div>\n<div>", page->out);
	html_levels(page);
	fputs("</div>\n</div>\n</section>\n", page->out);
}

static void write_responses(const struct page *page)
{
	if (!page->sum->responses && !page->sum->phases[PHASE_CONNECT].count)
		return;
	fputs("<div class=\"columns\">\n<div>", page->out);
	html_statuses(page);
	fputs("</div>\n<div>", page->out);
	html_phases(page);
	fputs("</div>\n</div>\n", page->out);
}

static void write_page(struct page *page)
{
	write_header(page);
	write_banners(page);
	write_headline(page);
	if (page->sum->latency.count)
		write_latency(page);
	html_hosts(page);
	html_stages(page);
	html_events(page);
	html_time_section(page);
	html_targets(page);
	html_section(page->out, "Responses and errors");
	write_responses(page);
	html_classes(page);
	html_errors(page);
	fputs("</section>\n", page->out);
	html_mix(page);
	html_insights(page);
	html_section(page->out, "How it was measured");
	fputs("<div class=\"columns\">\n", page->out);
	settings_table(page);
	html_engine(page);
	fputs("</div>\n</section>\n", page->out);
	html_end(page->out);
}

static int write_html(const struct report *report, FILE *out, struct vastar_error *err)
{
	return page_write(report, write_page, out, err);
}

const struct report_format report_html = {.name = "html", .write = write_html};
