/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/runs.h"

#include <math.h>

#include "base/clock.h"
#include "report/format.h"
#include "report/merge.h"
#include "report/page.h"

/* ---- JSON ---- */

static void put_repeats(struct tree *tree, json_t *root, const struct repeats *repeats)
{
	json_t *array = tree_nest(tree, root, "repeats", json_array());

	for (unsigned i = 0; i < repeats->count; i++) {
		const struct repeat *repeat = &repeats->items[i];
		json_t *run = json_object();

		tree_put(tree, run, "rps", tree_real(repeat->rps));
		tree_put(tree, run, "goodput_rps", tree_real(repeat->goodput_rps));
		tree_put(tree, run, "p50_s", tree_real(repeat->p50_s));
		tree_put(tree, run, "p90_s", tree_real(repeat->p90_s));
		tree_put(tree, run, "p99_s", tree_real(repeat->p99_s));
		tree_put(tree, run, "p999_s", tree_real(repeat->p999_s));
		tree_put(tree, run, "error_rate", tree_real(repeat->error_rate));
		tree_put(tree, run, "cpu", tree_real(repeat->cpu));
		tree_append(tree, array, run);
	}
}

static void put_merged(struct tree *tree, json_t *root, const struct merged *merged)
{
	json_t *object = tree_nest(tree, root, "merged", json_object());

	tree_put(tree, object, "overlap", tree_string(overlap_names[merged->overlap]));
	tree_put(tree, object, "busy_s", tree_seconds(merged->busy_ns));
	tree_put(tree, object, "span_s", tree_seconds(merged->span_ns));
	json_t *array = tree_nest(tree, object, "runs", json_array());

	for (unsigned i = 0; i < merged->count; i++) {
		const struct merged_run *run = &merged->runs[i];
		json_t *entry = json_object();

		tree_put(tree, entry, "file", tree_string(run->file));
		tree_put(tree, entry, "url", tree_string(run->url));
		tree_put(tree, entry, "started_at", tree_string(run->started_at.s));
		tree_put(tree, entry, "total_s", tree_seconds(run->total_ns));
		tree_put(tree, entry, "requests", tree_integer(run->requests));
		tree_put(tree, entry, "rps", tree_real(run->rps));
		tree_append(tree, array, entry);
	}
}

void runs_put(struct tree *tree, json_t *root, const struct report *report)
{
	if (report->repeats && report->repeats->count > 1)
		put_repeats(tree, root, report->repeats);
	if (report->merged)
		put_merged(tree, root, report->merged);
}

/* ---- text ---- */

static const char *overlap_sentence(const struct merged *merged)
{
	if (merged->count == 1)
		return "";
	switch (merged->overlap) {
	case OVERLAP_ALL:
		return "They ran at the same time: their rates add up.";
	case OVERLAP_SOME:
		return "Some of them ran at the same time: the rate is that of all answers over the time in "
		       "which at least one ran.";
	case OVERLAP_NONE:
		return "They ran one after the other: rates do not add up, and the rate is that of one at a "
		       "time, without the pauses.";
	}
	return "";
}

void page_merged(struct page *page)
{
	const struct merged *merged = page->report->merged;

	if (!merged)
		return;
	fputs("Merged from ", page->out);
	page_count(page, merged->count, "run");
	fputs(":\n", page->out);
	for (unsigned i = 0; i < merged->count; i++) {
		const struct merged_run *run = &merged->runs[i];

		fprintf(page->out, "  %s  %10s secs  %12.2f rps  ", run->started_at.s,
			fmt_seconds(ns_to_s(run->total_ns)).s, isnan(run->rps) ? 0 : run->rps);
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
	*text = fmt_ms(s);
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
