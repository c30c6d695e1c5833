/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The text report's parts about the load: the requested load, and its stages. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "report/body.h"
#include "report/ceiling.h"
#include "report/format.h"
#include "report/load.h"
#include "report/reach.h"
#include "report/text/paint.h"
#include "report/text/sections.h"

static void print_warmup(struct page *page)
{
	const struct shard *warmup = page->result->warmup;
	uint64_t failed;

	if (!warmup)
		return;
	failed = shard_errors(warmup);
	fprintf(page->out, "  Warm-up:      %s before, not counted here: ",
		fmt_duration(page->report->plan->warmup_ns).s);
	page_count(page, warmup->responses, "response");
	if (failed)
		fprintf(page->out, ", %" PRIu64 " failed", failed);
	if (warmup->latency.count)
		fprintf(page->out, ", p50 %s, p99 %s",
			fmt_short(ns_to_s(hist_percentile(&warmup->latency, 50))).s,
			fmt_short(ns_to_s(hist_percentile(&warmup->latency, 99))).s);
	fputc('\n', page->out);
}

/* The precision of the percentile of --until. */
static void print_until(struct page *page)
{
	const struct until *until = &page->report->plan->until;
	const struct precision *precision = &page->result->facts.precision;
	bool bounded = precision->low_ns && precision->high_ns;

	if (!*until->name)
		return;
	fputs("  Until:        ", page->out);
	page_paint(page, page->result->facts.precise ? GREEN : ORANGE, "%s %s to %g %%", until->name,
		   page->result->facts.precise ? "known" : "NOT known", 100 * until->tolerance);
	if (bounded)
		fprintf(page->out, ": %s, between %s", fmt_short(ns_to_s(precision->estimate_ns)).s,
			fmt_short(ns_to_s(precision->low_ns)).s);
	if (bounded)
		fprintf(page->out, " and %s (95 %%)", fmt_short(ns_to_s(precision->high_ns)).s);
	fputc('\n', page->out);
	if (precision->dependent)
		fprintf(
		    page->out,
		    "                (responses are correlated: %.1f x the variance of independent ones)\n",
		    precision->dispersion);
}

static void print_ceiling(struct page *page)
{
	const struct ceiling *ceiling = page->report->ceiling;
	const struct ceiling_row *best = ceiling ? ceiling_best(ceiling) : NULL;

	if (!best)
		return;
	fprintf(page->out, "  Ceiling:      %.3g %% of the %s requests/s that this host reaches with ",
		100 * ceiling_share(ceiling, page->result), fmt_grouped(best->rps).s);
	page_count(page, best->workers, "worker");
	fprintf(page->out, " at c = %u\n", best->concurrency);
}

static void print_proxy(struct page *page)
{
	const struct vastar_plan *plan = page->report->plan;

	if (!plan->proxy_url || !plan->proxy_source)
		return;
	fputs("  Proxy:        ", page->out);
	fmt_escaped(page->out, plan->proxy_url);
	fputs(" (from ", page->out);
	fmt_escaped(page->out, plan->proxy_source);
	fputs(")\n", page->out);
}

static void print_share(struct page *page)
{
	const struct share *share = &page->report->plan->share;

	if (share_is_part(share))
		fprintf(page->out,
			"  Share:        part %" PRIu32 " of %" PRIu32 ": vastar merge has the whole\n",
			share->index + 1, share->count);
}

/* The load and, on a line of its own where it does not fit, the body. */
static void print_load(struct page *page)
{
	static const char head[] = "  Load:         ";
	struct body_text body = body_describe(page->report->plan);
	int used = fprintf(page->out, "%s%s, %s", head, load_describe(page->report).s,
			   load_workers(&page->result->facts).s);

	if (*body.s) {
		if (used + (int)strlen(", ") + (int)strlen(body.s) > PAGE_WIDTH)
			fprintf(page->out, ",\n%*s", (int)strlen(head), "");
		else
			fputs(", ", page->out);
		fmt_escaped(page->out, body.s);
	}
	fputc('\n', page->out);
}

void page_load(struct page *page)
{
	const struct vastar_plan *plan = page->report->plan;
	const struct run_facts *facts = &page->result->facts;

	print_load(page);
	if (*reach_describe(plan).s) {
		fputs("  Target:       ", page->out);
		fmt_escaped(page->out, reach_describe(plan).s);
		fputc('\n', page->out);
	}
	print_share(page);
	print_proxy(page);
	print_ceiling(page);
	if (plan->pace.kind == PACE_OPEN && plan->arrivals != ARRIVALS_CONSTANT)
		fprintf(page->out, "  Seed:         %" PRIu64 "\n", plan->seed);
	print_warmup(page);
	print_until(page);
	if (page->sum->unsent) {
		fputs("  Not sent:     ", page->out);
		page_paint(page, ORANGE, "%" PRIu64 " that were due, but no connection was free in time",
			   page->sum->unsent);
		fputc('\n', page->out);
	}
	if (facts->connections_open < facts->connections) {
		fputs("  Connections:  ", page->out);
		page_paint(page, ORANGE, "%u of %u open when the clock started", facts->connections_open,
			   facts->connections);
		fputc('\n', page->out);
	}
	if (page->sum->oddities[ODD_MISSED_TICK]) {
		fputs("  Missed ticks: ", page->out);
		page_paint(page, YELLOW,
			   "%" PRIu64 " (-q: the connection was busy when its next request was due)",
			   page->sum->oddities[ODD_MISSED_TICK]);
		fputc('\n', page->out);
	}
}

/* A percentile of a stage, with a mark where the sample is too small for it. */
static void print_stage_percentile(struct page *page, const struct hist *latency, double percent)
{
	char text[40];

	if (latency->count)
		snprintf(text, sizeof(text), "%s%s", fmt_short(ns_to_s(hist_percentile(latency, percent))).s,
			 hist_weak(latency, percent) ? "~" : "");
	else
		snprintf(text, sizeof(text), "-");
	fprintf(page->out, " %12s", text);
}

void page_stages(struct page *page)
{
	uint32_t count;
	const struct schedule_stage *stages = load_stages(page->report->plan, &count);

	if (!page->sum->stage_count)
		return;
	fputs("\nStages (response time of the requests due in each):\n", page->out);
	fprintf(page->out, "  %-16s %8s %10s %8s %12s %12s %12s\n", "rate", "for", "responses", "failed",
		"p50", "p90", "p99");
	for (uint32_t i = 0; i < count; i++) {
		const struct stage_stats *stage = &page->sum->stages[i];

		fprintf(page->out, "  %-16s %8s %10" PRIu64 " %8" PRIu64, load_stage(&stages[i]).s,
			fmt_duration(stages[i].length_ns).s, stage->responses,
			stage->errors + stage->drain_aborted + stage->unsent);
		print_stage_percentile(page, &stage->latency, 50);
		print_stage_percentile(page, &stage->latency, 90);
		print_stage_percentile(page, &stage->latency, 99);
		fputc('\n', page->out);
	}
}
