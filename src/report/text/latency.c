/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "report/format.h"
#include "report/histogram.h"
#include "report/load.h"
#include "report/percentiles.h"
#include "report/text/paint.h"
#include "report/text/sections.h"
#include "report/text/times.h"

enum { BAR_COLUMNS = 48 };

/* ---- Response time distribution ---- */

/* "99.90%", with more decimals where needed. */
static struct text share_text(double percent)
{
	struct text text;
	bool short_of_it = fabs(percent * 100 - round(percent * 100)) > 1e-6;

	snprintf(text.s, sizeof(text.s), short_of_it ? "%.12g%%" : "%.2f%%", percent);
	return text;
}

/* The value of a percentile, in brackets and colours where it stands out. */
static void print_value(struct page *page, uint64_t ns, bool highlighted, int width)
{
	struct text value = fmt_short(ns_to_s(ns));

	if (!highlighted) {
		fprintf(page->out, "  %*s", width, value.s);
		return;
	}
	fprintf(page->out, " %*s", width - (int)strlen(value.s), "");
	page_paint(page, slo_level_of(&page->slo, ns)->color, "(%s)", value.s);
}

/* How reliable the p99 is, the most quoted figure. */
static void print_p99(struct page *page)
{
	const struct hist *latency = &page->sum->latency;
	uint64_t low, high;

	hist_interval(latency, 99, &low, &high);
	fprintf(page->out, "  p99 is %s, ", fmt_short(ns_to_s(hist_percentile(latency, 99))).s);
	if (low && high)
		fprintf(page->out, "between %s ", fmt_short(ns_to_s(low)).s);
	if (low && high)
		fprintf(page->out, "and %s (95 %% confidence)\n", fmt_short(ns_to_s(high)).s);
	else if (low)
		fprintf(page->out, "at least %s (95 %% confidence; too few responses for an upper bound)\n",
			fmt_short(ns_to_s(low)).s);
	else
		fputs("with too few responses for a confidence interval\n", page->out);
}

void page_distribution(struct page *page)
{
	const struct hist *latency = &page->sum->latency;
	struct percentiles shown = percentiles_carried(page->report, latency);
	struct time_column column = {0};
	bool any_weak = false;

	fputs("\nResponse time distribution:\n", page->out);
	for (unsigned i = 0; i < shown.count; i++)
		time_column_add(&column, ns_to_s(hist_percentile(latency, shown.list[i].percent)));
	for (unsigned i = 0; i < shown.count; i++) {
		const struct fmt_percentile *percentile = &shown.list[i];
		uint64_t ns = hist_percentile(latency, percentile->percent);
		bool weak = result_percentile_weak(page->result, percentile->percent);

		fprintf(page->out, "  %s in ", share_text(percentile->percent).s);
		time_put_seconds(page->out, &column, ns_to_s(ns), " secs ");
		print_value(page, ns, percentile->highlighted, column.value);
		if (weak)
			fputs(percentile->highlighted ? "  ~" : "   ~", page->out);
		fputc('\n', page->out);
		any_weak |= weak;
	}
	if (any_weak)
		fputs("  ~ fewer than 10 responses are above it: too small a sample for this percentile\n",
		      page->out);
	if (shown.count < percentiles_shown(page->report).count)
		fprintf(page->out, "  the other percentiles need more than %" PRIu64 " response%s\n",
			latency->count, latency->count == 1 ? "" : "s");
	else
		print_p99(page);
}

/* ---- Response time histogram and SLO ---- */

static void print_bar(struct page *page, const struct bar *bar, double share, int count_width)
{
	char count[32], cells[BAR_COLUMNS * 4 + 1] = "";
	const char *cell = page->report->options.unicode ? "\u25a0" : "#";
	unsigned columns = (unsigned)lround(share * BAR_COLUMNS);

	snprintf(count, sizeof(count), "[%" PRIu64 "]", bar->count);
	if (!columns) {
		fprintf(page->out, "%s\n", count);
		return;
	}
	for (unsigned i = 0; i < columns; i++)
		memcpy(cells + i * strlen(cell), cell, strlen(cell) + 1);
	fprintf(page->out, "%-*s ", count_width, count);
	page_paint(page, slo_level_of(&page->slo, (uint64_t)llround(bar->to_ns))->color, "%s", cells);
	fputc('\n', page->out);
}

static void print_histogram_heading(struct page *page, const struct bars *bars)
{
	fputs("\nResponse time histogram", page->out);
	if (bars->split_percent > 0)
		fprintf(page->out, ", logarithmic, the last bar is all above %s:\n",
			fmt_percent(bars->split_percent).s);
	else if (bars->logarithmic)
		fprintf(page->out, ", logarithmic (%.4g %% would share one linear bar):\n",
			floor(1000 * bars->folded) / 10);
	else
		fprintf(page->out, ":%s\n",
			page->report->options.color ? "        (11-level SLO color gradient)" : "");
}

static void explain_backlog(struct page *page)
{
	struct load_text text = load_backlog(page->result);

	if (!*text.s)
		return;
	fputs("  ", page->out);
	fmt_wrapped(page->out, text.s, 2, 2, PAGE_WIDTH);
}

void page_in_a_line(struct page *page, const struct hist *hist)
{
	struct percentiles shown = percentiles_carried(page->report, hist);

	for (unsigned i = 0; i < shown.count; i++)
		if (shown.list[i].highlighted)
			fprintf(page->out, "%s %s, ", fmt_percent(shown.list[i].percent).s,
				fmt_short(ns_to_s(hist_percentile(hist, shown.list[i].percent))).s);
	fprintf(page->out, "max %s\n", fmt_short(ns_to_s(hist->max_ns)).s);
}

void page_service(struct page *page)
{
	const struct hist *service = &page->sum->service;

	if (!service->count)
		return;
	fputs("\nService time (from the send; the times above count from the schedule):\n  ", page->out);
	page_in_a_line(page, service);
	explain_backlog(page);
}

/* The widest edge, in seconds (0: they say nothing) and in the unit that fits. */
static struct time_column edge_column(const struct bars *bars)
{
	struct time_column column = {0};

	for (unsigned i = 0; i < bars->count; i++) {
		int length = (int)strlen(bars_edge(bars, i).s);

		if (bars_seconds(bars))
			time_column_add(&column, bars->bars[i].from_ns * 1e-9);
		if (length > column.value)
			column.value = length;
	}
	return column;
}

void page_histogram(struct page *page)
{
	struct time_column column;
	struct bars bars;
	uint64_t largest = 0;

	bars_make(&bars, &page->sum->latency, page->report->options.hist_bins);
	print_histogram_heading(page, &bars);
	column = edge_column(&bars);
	for (unsigned i = 0; i < bars.count; i++)
		if (bars.bars[i].count > largest)
			largest = bars.bars[i].count;
	int count_width = snprintf(NULL, 0, "[%" PRIu64 "]", largest);

	for (unsigned i = 0; i < bars.count; i++) {
		fputs("  ", page->out);
		time_put_seconds(page->out, &column, bars.bars[i].from_ns * 1e-9, " ");
		fprintf(page->out, "%*s ", column.value, bars_edge(&bars, i).s);
		print_bar(page, &bars.bars[i], (double)bars.bars[i].count / (double)largest, count_width);
	}
}

void page_slo_legend(struct page *page)
{
	const char *square = page->report->options.unicode ? "\u2588\u2588" : "##";
	int width = 12;

	for (unsigned i = 0; i < SLO_LEVELS; i++) {
		int length = (int)strlen(slo_level_limit(&page->slo, i).s);

		if (length + 1 > width)
			width = length + 1;
	}
	fprintf(page->out, "\n  SLO%s:\n", page->slo.absolute ? " (absolute, from --slo-target)" : "");
	for (unsigned i = 0; i < SLO_LEVELS; i++) {
		bool ends = i % 3 == 2 || i + 1 == SLO_LEVELS;

		if (i % 3 == 0)
			fputs("  ", page->out);
		if (page->report->options.color) {
			page_paint(page, page->slo.levels[i].color, "%s", square);
			fputc(' ', page->out);
		}
		fprintf(page->out, "%-10s %-*s", page->slo.levels[i].name, ends ? 0 : width,
			slo_level_limit(&page->slo, i).s);
		if (ends)
			fputc('\n', page->out);
	}
}

/* ---- for --verbose ---- */

void page_confidence(struct page *page)
{
	struct percentiles shown = percentiles_carried(page->report, &page->sum->latency);

	fputs("\nConfidence (95 %, if the responses are independent of each other):\n", page->out);
	for (unsigned i = 0; i < shown.count; i++) {
		uint64_t low, high;

		hist_interval(&page->sum->latency, shown.list[i].percent, &low, &high);
		fprintf(page->out, "  %-7s %s to ", fmt_percent(shown.list[i].percent).s,
			low ? fmt_short(ns_to_s(low)).s : "-");
		fprintf(page->out, "%s\n", high ? fmt_short(ns_to_s(high)).s : "-");
	}
}
