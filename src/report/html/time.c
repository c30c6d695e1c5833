/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The section on the run over time: rate, latency and errors of each interval. */
#include <inttypes.h>
#include <math.h>

#include "base/clock.h"
#include "report/html/markup.h"
#include "report/html/over_time.h"
#include "report/html/sections.h"

/* A longer table is printed only when the reader has opened it. */
enum { PRINTED_ROWS = 40 };

static void rate_figure(const struct result *result, FILE *out)
{
	struct plot plot = {.out = out, .x = html_time_axis(result)};
	double highest = 0;

	for (uint32_t i = 0; i < html_time_drawn(result); i++)
		highest =
		    fmax(highest, html_per_second(&result->intervals[i], result->intervals[i].responses));
	plot.y = axis_from_zero(highest, AXIS_NUMBER);
	figure_begin(out, "Rate");
	legend_begin(out);
	legend_entry(out, "first", "responses/s");
	legend_end(out);
	plot_begin(
	    &plot, "Responses per second over time",
	    "Responses per second in each interval of the run. The table of intervals has the numbers.");
	path_begin(&plot, "first");
	for (uint32_t i = 0; i < html_time_drawn(result); i++) {
		const struct interval *interval = &result->intervals[i];
		double rate = html_per_second(interval, interval->responses);

		path_to(&plot, html_start_s(interval), rate);
		path_to(&plot, html_end_s(interval), rate);
	}
	path_end(&plot);
	html_time_hints(&plot, result);
	plot_end(&plot);
	fputs("</figure>\n", out);
}

/* ---- latency ---- */

static uint64_t p50_of(const struct interval *interval)
{
	return interval->p50_ns;
}

static uint64_t p99_of(const struct interval *interval)
{
	return interval->p99_ns;
}

static uint64_t max_of(const struct interval *interval)
{
	return interval->max_ns;
}

/* A line through the middles of the intervals. An interval without responses interrupts it. */
static void draw_latency(struct plot *plot, const struct result *result, const char *class,
			 uint64_t (*value)(const struct interval *interval))
{
	path_begin(plot, class);
	for (uint32_t i = 0; i < html_time_drawn(result); i++) {
		const struct interval *interval = &result->intervals[i];

		path_to(plot, (html_start_s(interval) + html_end_s(interval)) / 2,
			interval->responses ? ns_to_s(value(interval)) : NAN);
	}
	path_end(plot);
}

static void latency_figure(const struct result *result, FILE *out)
{
	struct plot plot = {.out = out, .x = html_time_axis(result)};
	double low = INFINITY, high = 0;

	for (uint32_t i = 0; i < html_time_drawn(result); i++) {
		if (!result->intervals[i].responses)
			continue;
		low = fmin(low, ns_to_s(result->intervals[i].p50_ns));
		high = fmax(high, ns_to_s(result->intervals[i].max_ns));
	}
	plot.y = axis_fitting(low, high, AXIS_LATENCY);
	figure_begin(out, plot.y.logarithmic ? "Response time, logarithmic" : "Response time");
	legend_begin(out);
	legend_entry(out, "first", "p50");
	legend_entry(out, "second", "p99");
	legend_entry(out, "third", "slowest");
	legend_end(out);
	plot_begin(
	    &plot, "Response time over time",
	    "Median, 99th percentile and maximum of each interval of the run. The table of intervals has the "
	    "numbers.");
	draw_latency(&plot, result, "third", max_of);
	draw_latency(&plot, result, "second", p99_of);
	draw_latency(&plot, result, "first", p50_of);
	html_time_hints(&plot, result);
	plot_end(&plot);
	fputs("</figure>\n", out);
}

/* ---- errors and the table ---- */

static void errors_figure(const struct result *result, FILE *out)
{
	struct plot plot = {.out = out, .x = html_time_axis(result)};
	double highest = 0;

	for (uint32_t i = 0; i < html_time_drawn(result); i++)
		highest = fmax(highest, html_per_second(&result->intervals[i], result->intervals[i].errors));
	if (!(highest > 0))
		return;
	plot.y = axis_from_zero(highest, AXIS_NUMBER);
	figure_begin(out, "Errors/s");
	plot_begin(
	    &plot, "Errors per second over time",
	    "Requests without a response per second in each interval of the run. The table of intervals has "
	    "the numbers.");
	for (uint32_t i = 0; i < html_time_drawn(result); i++)
		plot_column(&plot, "fill-bad", html_start_s(&result->intervals[i]),
			    html_end_s(&result->intervals[i]),
			    html_per_second(&result->intervals[i], result->intervals[i].errors));
	html_time_hints(&plot, result);
	plot_end(&plot);
	fputs("</figure>\n", out);
}

static void interval_row(const struct interval *interval, FILE *out)
{
	const uint64_t times[] = {interval->p50_ns, interval->p99_ns, interval->max_ns};

	fprintf(out, "<tr><th scope=\"row\">%.3f</th>", html_start_s(interval));
	html_cell(out, "%s", fmt_grouped(html_per_second(interval, interval->responses)).s);
	for (unsigned i = 0; i < sizeof(times) / sizeof(*times); i++)
		html_cell(out, "%s", interval->responses ? fmt_time(ns_to_s(times[i])).s : "-");
	html_cell(out, "%" PRIu64, interval->errors);
	html_cell(out, "%" PRIu32, interval->open_connections);
	fputs("</tr>\n", out);
}

void html_time_section(const struct page *page)
{
	const struct result *result = page->result;
	FILE *out = page->out;

	if (result->interval_count < 2)
		return;
	html_section(out, "Over time");
	fputs("<div class=\"columns\">\n", out);
	if (page->sum->latency.count) {
		rate_figure(result, out);
		latency_figure(result, out);
		html_heat_figure(result, out);
	}
	errors_figure(result, out);
	fprintf(out, "</div>\n<details%s><summary>Intervals</summary>\n",
		result->interval_count > PRINTED_ROWS ? " class=\"long\"" : "");
	html_table(out, "Intervals by start time in seconds",
		   "Start|Responses/s|p50|p99|Slowest|Errors|Connections");
	for (uint32_t i = 0; i < result->interval_count; i++)
		interval_row(&result->intervals[i], out);
	fputs("</tbody></table></div></details>\n</section>\n", out);
}
