/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The sections on response times: histogram, percentiles as a curve and in numbers, SLO levels and
 * targets. */
#include <inttypes.h>
#include <math.h>

#include "base/clock.h"
#include "report/histogram.h"
#include "report/html/curve.h"
#include "report/html/markup.h"
#include "report/html/plot.h"
#include "report/html/sections.h"
#include "report/percentiles.h"

static unsigned level_of(const struct page *page, const struct bar *bar)
{
	return (unsigned)(slo_level_of(&page->slo, (uint64_t)llround(bar->to_ns)) - page->slo.levels);
}

/* ---- histogram ---- */

static uint64_t largest_count(const struct bars *bars)
{
	uint64_t largest = 0;

	for (unsigned i = 0; i < bars->count; i++) {
		if (bars->bars[i].count > largest)
			largest = bars->bars[i].count;
	}
	return largest;
}

static struct axis bars_axis(const struct bars *bars)
{
	struct axis axis = {.low = bars->bars[0].from_ns * 1e-9,
			    .high = bars->bars[bars->count - 1].to_ns * 1e-9,
			    .logarithmic = bars->logarithmic,
			    .unit = AXIS_LATENCY};

	if (axis.logarithmic)
		axis.low = fmax(axis.low, 1e-9);
	if (axis.high > axis.low)
		return axis;
	/* All responses took the same time: put that time in the middle. */
	axis.logarithmic = false;
	axis.low *= 0.5;
	axis.high = axis.high > 0 ? axis.high * 1.5 : 1e-9;
	return axis;
}

static void draw_bars(const struct page *page, const struct bars *bars)
{
	struct plot plot = {
	    .out = page->out,
	    .x = bars_axis(bars),
	    .y = axis_from_zero((double)largest_count(bars), AXIS_NUMBER),
	};
	double total = (double)page->sum->latency.count;

	plot_begin(
	    &plot, "Histogram of response times",
	    "Responses over response time; each bar has the colour of its SLO level. The table of bars has "
	    "the numbers.");
	for (unsigned i = 0; i < bars->count; i++) {
		char class[8];

		snprintf(class, sizeof(class), "s%u", level_of(page, &bars->bars[i]));
		plot_column(&plot, class, bars->bars[i].from_ns * 1e-9, bars->bars[i].to_ns * 1e-9,
			    (double)bars->bars[i].count);
	}
	plot_rule_x(&plot, "rule", ns_to_s(hist_percentile(&page->sum->latency, 50)), "p50");
	plot_rule_x(&plot, "rule", ns_to_s(hist_percentile(&page->sum->latency, 99)), "p99");
	for (unsigned i = 0; i < bars->count; i++) {
		const struct bar *bar = &bars->bars[i];

		plot_hint(&plot, bar->from_ns * 1e-9, bar->to_ns * 1e-9, "%s to %s\n%s responses, %.4g%%\n%s",
			  fmt_time(bar->from_ns * 1e-9).s, fmt_time(bar->to_ns * 1e-9).s,
			  fmt_grouped((double)bar->count).s, 100 * (double)bar->count / total,
			  page->slo.levels[level_of(page, bar)].name);
	}
	plot_end(&plot);
}

static void bars_table(const struct page *page, const struct bars *bars)
{
	FILE *out = page->out;

	fputs("<details><summary>Bars</summary>\n", out);
	html_table(out, "Lower edges", "From|Responses|Level");
	for (unsigned i = 0; i < bars->count; i++) {
		unsigned level = level_of(page, &bars->bars[i]);

		fprintf(out, "<tr><th scope=\"row\">%s</th>", bars_edge(bars, i).s);
		html_cell(out, "%s", fmt_grouped((double)bars->bars[i].count).s);
		fprintf(out, "<td><i class=\"s%u\"></i>", level);
		html_text(out, page->slo.levels[level].name);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table></div></details>\n", out);
}

void html_histogram(const struct page *page)
{
	struct bars bars;

	bars_make(&bars, &page->sum->latency, page->report->options.hist_bins);
	figure_begin(page->out, bars.logarithmic ? "Histogram, logarithmic" : "Histogram");
	draw_bars(page, &bars);
	if (bars.split_percent > 0) {
		fputs("<p class=\"hush\">The last bar is all above ", page->out);
		fprintf(page->out, "%s.</p>\n", fmt_percent(bars.split_percent).s);
	}
	bars_table(page, &bars);
	fputs("</figure>\n", page->out);
}

/* ---- the curve of percentiles ---- */

/* When the maximum exceeds this multiple of the median, a linear axis would press all other values to the
 * bottom. */
enum { LONG_TAIL = 20 };

/* The percentile at a position on the axis, with only as many digits as distinguish it from its
 * neighbours. */
static double rounded_percent(double x)
{
	double digits = pow(10, fmax(0, ceil(log10(x) - 1e-9) - 1));

	return fmin(round((100 - 100 / x) * digits) / digits, 100);
}

static void curve_hints(struct plot *plot, const struct page *page)
{
	enum { STRIPS = 48 };
	double step = pow(plot->x.high / plot->x.low, 1.0 / STRIPS);
	const struct hist *service = &page->sum->service;
	char more[64] = "";

	for (int i = 0; i < STRIPS; i++) {
		double from = plot->x.low * pow(step, i), percent = rounded_percent(from * sqrt(step));

		if (service->count)
			snprintf(more, sizeof(more), "\nservice %s",
				 fmt_time(ns_to_s(hist_percentile(service, percent))).s);
		plot_hint(plot, from, from * step, "p%.9g\n%s%s", percent,
			  fmt_time(ns_to_s(hist_percentile(&page->sum->latency, percent))).s, more);
	}
}

static double lowest(const struct shard *sum)
{
	uint64_t ns = sum->latency.min_ns;

	return ns_to_s(sum->service.count && sum->service.min_ns < ns ? sum->service.min_ns : ns);
}

void html_percentile_curve(const struct page *page)
{
	const struct shard *sum = page->sum;
	double count = (double)sum->latency.count;
	struct plot plot = {
	    .out = page->out,
	    .x = {.low = 1, .high = fmax(count, 10), .logarithmic = true, .unit = AXIS_PERCENTILE},
	    .y = axis_from_zero(ns_to_s(sum->latency.max_ns), AXIS_LATENCY),
	};

	if (sum->latency.max_ns >= LONG_TAIL * hist_percentile(&sum->latency, 50))
		plot.y = axis_fitting(lowest(sum), ns_to_s(sum->latency.max_ns), AXIS_LATENCY);

	figure_begin(page->out, plot.y.logarithmic ? "Percentiles, both axes logarithmic"
						   : "Percentiles, logarithmic towards 100%");
	if (sum->service.count) {
		legend_begin(page->out);
		legend_entry(page->out, "first", "response time, from the schedule");
		legend_entry(page->out, "dashed", "service time, from the send");
		legend_end(page->out);
	}
	plot_begin(
	    &plot, "Response time by percentile",
	    "Response time rising with the percentile, whose axis is logarithmic towards 100 percent. The "
	    "table of percentiles has the numbers.");
	plot_shade(&plot, count / 10, plot.x.high);
	curve_of_percentiles(&plot, "dashed", &sum->service);
	curve_of_percentiles(&plot, "first", &sum->latency);
	curve_hints(&plot, page);
	plot_end(&plot);
	fputs("<p class=\"hush\">Shaded: fewer than 10 responses are above.</p>\n</figure>\n", page->out);
}

/* ---- numbers ---- */

static void percentile_row(const struct page *page, double percent)
{
	const struct hist *latency = &page->sum->latency, *service = &page->sum->service;
	uint64_t low, high;

	fprintf(page->out, "<tr><th scope=\"row\">%s%s</th>", fmt_percent(percent).s,
		result_percentile_weak(page->result, percent) ? " ~" : "");
	html_cell(page->out, "%s", fmt_time(ns_to_s(hist_percentile(latency, percent))).s);
	if (service->count)
		html_cell(page->out, "%s", fmt_time(ns_to_s(hist_percentile(service, percent))).s);
	hist_interval(latency, percent, &low, &high);
	if (low && high)
		html_cell(page->out, "%s to %s", fmt_time(ns_to_s(low)).s, fmt_time(ns_to_s(high)).s);
	else
		html_cell(page->out, "%s %s",
			  low	 ? "from"
			  : high ? "up to"
				 : "-",
			  low || high ? fmt_time(ns_to_s(low ? low : high)).s : "");
	fputs("</tr>\n", page->out);
}

static void extreme_row(const struct page *page, const char *name, double latency, double service)
{
	fprintf(page->out, "<tr><th scope=\"row\">%s</th>", name);
	html_cell(page->out, "%s", fmt_time(latency).s);
	if (page->sum->service.count)
		html_cell(page->out, "%s", fmt_time(service).s);
	fputs("<td></td></tr>\n", page->out);
}

void html_percentiles(const struct page *page)
{
	const struct hist *latency = &page->sum->latency, *service = &page->sum->service;
	struct percentiles shown = percentiles_shown(page->report);
	bool any_weak = false;

	html_table(page->out,
		   service->count ? "Response time from the schedule, service time from the send"
				  : "From the send of a request to the last byte of its response",
		   service->count ? "Percentile|Response|Service|95% interval"
				  : "Percentile|Time|95% interval");
	for (unsigned i = 0; i < shown.count; i++) {
		percentile_row(page, shown.list[i].percent);
		any_weak |= result_percentile_weak(page->result, shown.list[i].percent);
	}
	extreme_row(page, "slowest", ns_to_s(latency->max_ns), ns_to_s(service->max_ns));
	extreme_row(page, "fastest", ns_to_s(latency->min_ns), service->count ? ns_to_s(service->min_ns) : 0);
	extreme_row(page, "average", hist_mean_s(latency), hist_mean_s(service));
	extreme_row(page, "std. deviation", hist_stddev_s(latency), hist_stddev_s(service));
	fputs("</tbody></table></div>\n<p class=\"hush\">Intervals hold if the responses are independent of "
	      "each other.",
	      page->out);
	if (any_weak)
		fputs(" ~ fewer than 10 responses are above it: too small a sample for this percentile.",
		      page->out);
	fputs("</p>\n", page->out);
}

void html_levels(const struct page *page)
{
	html_table(page->out,
		   page->slo.absolute
		       ? "SLO levels, from --slo-target"
		       : "SLO levels, relative to this run; they do not say whether it was fast enough",
		   "Level|Response time");
	for (unsigned i = 0; i < SLO_LEVELS; i++) {
		fprintf(page->out, "<tr><th scope=\"row\"><i class=\"s%u\"></i>%s</th>", i,
			page->slo.levels[i].name);
		html_cell(page->out, "%s", slo_level_limit(&page->slo, i).s);
		fputs("</tr>\n", page->out);
	}
	fputs("</tbody></table></div>\n", page->out);
}

void html_targets(const struct page *page)
{
	struct slo_verdict verdicts[SLO_VERDICTS_MAX];
	unsigned count = slo_verdicts(&page->report->plan->slo, page->result, verdicts);
	FILE *out = page->out;

	if (!count)
		return;
	html_section(out, "SLO targets");
	html_table(out, "Over all requests; a failure ranks above every response",
		   "Target|Limit|Measured|Verdict");
	for (unsigned i = 0; i < count; i++) {
		const struct slo_verdict *verdict = &verdicts[i];

		fputs("<tr><th scope=\"row\">", out);
		html_text(out, verdict->metric);
		fputs("</th>", out);
		html_cell(out, "%s %s", verdict->comparison, slo_limit_text(verdict).s);
		html_cell(out, "%s", slo_measured_text(verdict).s);
		fprintf(out, "<td class=\"%s\">%s</td></tr>\n", verdict->met ? "ok" : "out",
			verdict->met ? "met" : "missed");
	}
	fputs("</tbody></table></div>\n</section>\n", out);
}
