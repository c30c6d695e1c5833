/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The HTML report's parts about the load: the requested load, its stages, and how closely the run kept to
 * it. */
#include <inttypes.h>

#include "base/clock.h"
#include "report/body.h"
#include "report/html/markup.h"
#include "report/html/sections.h"
#include "report/load.h"
#include "report/reach.h"

void html_load_rows(const struct page *page)
{
	const struct vastar_plan *plan = page->report->plan;
	FILE *out = page->out;

	if (*reach_describe(plan).s)
		html_row_text(out, "Target", reach_describe(plan).s);
	if (plan->proxy_url)
		html_row_text(out, "Proxy", plan->proxy_url);
	html_row_text(out, "Load", load_describe(page->report).s);
	if (*body_describe(plan).s)
		html_row_text(out, "Body", body_describe(plan).s);
	if (plan->warmup_ns)
		html_row(out, "Warm-up", "%s", fmt_duration(plan->warmup_ns).s);
	if (plan->duration_ns)
		html_row(out, "Duration", "%s", fmt_duration(plan->duration_ns).s);
	else
		html_row(out, "Requests", "%s", fmt_grouped((double)plan->requests).s);
	if (plan->duration_ns)
		html_row(out, "Drain", "%s, at most %s", fmt_time(ns_to_s(page->result->facts.drain_ns)).s,
			 fmt_duration(plan->drain_cap_ns).s);
	html_row(out, "Workers", "%s", load_workers(&page->result->facts).s);
	if (plan->pace.kind == PACE_OPEN && plan->arrivals != ARRIVALS_CONSTANT)
		html_row(out, "Seed", "%" PRIu64, plan->seed);
	html_row(out, "Timeout", "%s", plan->timeout_ns ? fmt_duration(plan->timeout_ns).s : "none");
}

static void warmup_banner(const struct page *page)
{
	const struct shard *warmup = page->result->warmup;
	char text[200];

	if (!warmup)
		return;
	snprintf(text, sizeof(text),
		 "%s responses and %s errors in the %s before the measurement, not included on this page.",
		 fmt_grouped((double)warmup->responses).s, fmt_grouped((double)shard_errors(warmup)).s,
		 fmt_duration(page->report->plan->warmup_ns).s);
	html_banner(page->out, "note", "Warm-up.", text);
}

static void until_banner(const struct page *page)
{
	const struct until *until = &page->report->plan->until;
	const struct precision *precision = &page->result->facts.precision;
	bool precise = page->result->facts.precise;
	char title[64], text[200] = "";

	if (!*until->name)
		return;
	if (precision->low_ns && precision->high_ns)
		snprintf(text, sizeof(text), "%s, between %s and %s (95 %%).",
			 fmt_time(ns_to_s(precision->estimate_ns)).s, fmt_time(ns_to_s(precision->low_ns)).s,
			 fmt_time(ns_to_s(precision->high_ns)).s);
	snprintf(title, sizeof(title), "%s %s to %g %%.", until->name, precise ? "is known" : "is not known",
		 100 * until->tolerance);
	html_banner(page->out, precise ? "note" : "alert", title, text);
}

void html_load_banners(const struct page *page)
{
	char text[200];

	if (page->sum->unsent) {
		snprintf(text, sizeof(text), "%s requests were due, but no connection was free in time.",
			 fmt_grouped((double)page->sum->unsent).s);
		html_banner(page->out, "alert", "Not sent.", text);
	}
	if (*load_backlog(page->result).s)
		html_banner(page->out, "alert", "Backlog.", load_backlog(page->result).s);
	if (result_arrivals_departed(page->result))
		html_banner(page->out, "note", "Arrivals.", RESULT_ARRIVALS_NOTE);
	warmup_banner(page);
	until_banner(page);
}

static void stage_cell(const struct page *page, const struct hist *latency, double percent)
{
	if (latency->count)
		html_cell(page->out, "%s%s", fmt_time(ns_to_s(hist_percentile(latency, percent))).s,
			  hist_weak(latency, percent) ? " ~" : "");
	else
		html_cell(page->out, "-");
}

void html_stages(const struct page *page)
{
	uint32_t count;
	const struct schedule_stage *stages = load_stages(page->report->plan, &count);

	if (!page->sum->stage_count)
		return;
	html_section(page->out, "Stages");
	html_table(page->out, "Response time of the requests due in each stage",
		   "Rate|For|Responses|Failed or not sent|p50|p90|p99");
	for (uint32_t i = 0; i < count; i++) {
		const struct stage_stats *stage = &page->sum->stages[i];

		fprintf(page->out, "<tr><th scope=\"row\">%s</th>", load_stage(&stages[i]).s);
		html_cell(page->out, "%s", fmt_duration(stages[i].length_ns).s);
		html_cell(page->out, "%s", fmt_grouped((double)stage->responses).s);
		html_cell(page->out, "%s",
			  fmt_grouped((double)(stage->errors + stage->drain_aborted + stage->unsent)).s);
		stage_cell(page, &stage->latency, 50);
		stage_cell(page, &stage->latency, 90);
		stage_cell(page, &stage->latency, 99);
		fputs("</tr>\n", page->out);
	}
	fputs("</tbody></table></div>\n</section>\n", page->out);
}
