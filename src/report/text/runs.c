/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The text report's parts about the runs it is made of. They print nothing for a single run. */
#include <math.h>

#include "base/clock.h"
#include "report/format.h"
#include "report/merged.h"
#include "report/text/paint.h"
#include "report/text/sections.h"

static const char *overlap_sentence(const struct merged *merged)
{
	if (merged->count == 1)
		return "";
	switch (merged->overlap) {
	case OVERLAP_ALL:
		return "They ran at the same time: their rates add up.";
	case OVERLAP_SOME:
		return "Some of them ran at the same time: the rate is that of all responses over the time "
		       "in which at least one ran.";
	case OVERLAP_NONE:
		return "They ran one after the other: the rate is their average, without the pauses.";
	}
	return "";
}

void page_merged(struct page *page)
{
	const struct merged *merged = page->report->merged;

	if (!merged || merged->together)
		return;
	fputs("Merged from ", page->out);
	page_count(page, merged->count, "run");
	fputs(":\n", page->out);
	for (unsigned i = 0; i < merged->count; i++) {
		const struct merged_run *run = &merged->runs[i];

		fprintf(page->out, "  %s  %8s  %12.2f rps  ", run->started_at.s,
			fmt_short(ns_to_s(run->total_ns)).s, isnan(run->rps) ? 0 : run->rps);
		fmt_escaped(page->out, run->file);
		fputc('\n', page->out);
	}
	if (*overlap_sentence(merged)) {
		fputs("  ", page->out);
		fmt_wrapped(page->out, overlap_sentence(merged), 2, 2, PAGE_WIDTH);
	}
	fputc('\n', page->out);
}

static const char *ms_or_dash(double s, struct text *text)
{
	if (isnan(s))
		return "-";
	*text = fmt_short(s);
	return text->s;
}

void page_repeats(struct page *page)
{
	const struct repeats *repeats = page->report->repeats;

	if (!repeats || repeats->count < 2)
		return;
	fprintf(page->out, "\nRepeats:\n  %3s %12s %12s %12s %12s %9s\n", "run", "rps", "p50", "p99", "p99.9",
		"errors");
	for (unsigned i = 0; i < repeats->count; i++) {
		const struct repeat *run = &repeats->items[i];
		struct text p50, p99, p999;

		fprintf(page->out, "  %3u %12.2f %12s %12s %12s %7.2f %%\n", i + 1,
			isnan(run->rps) ? 0 : run->rps, ms_or_dash(run->p50_s, &p50),
			ms_or_dash(run->p99_s, &p99), ms_or_dash(run->p999_s, &p999),
			isnan(run->error_rate) ? 0 : 100 * run->error_rate);
	}
}
