/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The heat map of a run: time on the x axis, response time on the y axis, and the number of responses in each
 * cell. It shows what percentiles over time hide: two groups of responses, a stall, a slow drift.
 */
#include <math.h>

#include "base/clock.h"
#include "report/html/markup.h"
#include "report/html/over_time.h"

enum {
	COLUMNS_MAX = 128,
	ROWS_MAX = 40,
	SHADES = 6,
};

/* About the distance of two buckets of an interval; lower cells would leave stripes. */
static const double row_ratio_min = 1.07;

struct heat {
	struct axis y;
	uint32_t each, columns; /* intervals that share a column */
	uint32_t rows;
	double from_s[COLUMNS_MAX], to_s[COLUMNS_MAX];
	double rate[COLUMNS_MAX][ROWS_MAX]; /* responses per second */
	double lowest, highest;		    /* of the cells that are not empty */
};

static void fit_rows(struct heat *heat, const struct result *result, uint32_t count)
{
	uint32_t low = INTERVAL_BUCKETS, high = 0;
	double rows;

	for (uint32_t i = 0; i < count; i++)
		for (uint32_t k = 0; k < INTERVAL_BUCKETS; k++)
			if (result->interval_counts[i].counts[k]) {
				low = k < low ? k : low;
				high = k > high ? k : high;
			}
	heat->y = (struct axis){.low = fmax(ns_to_s(interval_bucket_from(low)), 1e-9),
				.high = ns_to_s(interval_bucket_to(high)),
				.logarithmic = true,
				.unit = AXIS_LATENCY};
	/* At least a factor of two, so that a steady run does not look like noise. */
	heat->y.high = fmax(heat->y.high, 2 * heat->y.low);
	rows = floor(log(heat->y.high / heat->y.low) / log(row_ratio_min));
	heat->rows = (uint32_t)fmin(fmax(rows, 1), ROWS_MAX);
}

/* The border below row `row`. */
static double border(const struct heat *heat, uint32_t row)
{
	return heat->y.low * pow(heat->y.high / heat->y.low, (double)row / heat->rows);
}

static uint32_t row_of(const struct heat *heat, uint32_t bucket)
{
	double middle = ns_to_s((interval_bucket_from(bucket) + interval_bucket_to(bucket)) / 2);
	double row = heat->rows * log(middle / heat->y.low) / log(heat->y.high / heat->y.low);

	return (uint32_t)fmin(fmax(row, 0), heat->rows - 1);
}

static void fill_column(struct heat *heat, const struct result *result, uint32_t column, uint32_t count)
{
	uint32_t first = column * heat->each, end = first + heat->each < count ? first + heat->each : count;
	const struct interval *last = &result->intervals[end - 1];
	double length_s;

	heat->from_s[column] = ns_to_s(result->intervals[first].start_ns);
	heat->to_s[column] = ns_to_s(last->start_ns + last->length_ns);
	length_s = heat->to_s[column] - heat->from_s[column];
	if (!(length_s > 0))
		return;
	for (uint32_t i = first; i < end; i++)
		for (uint32_t k = 0; k < INTERVAL_BUCKETS; k++)
			if (result->interval_counts[i].counts[k])
				heat->rate[column][row_of(heat, k)] +=
				    result->interval_counts[i].counts[k] / length_s;
	for (uint32_t row = 0; row < heat->rows; row++)
		if (heat->rate[column][row] > 0) {
			heat->lowest = fmin(heat->lowest, heat->rate[column][row]);
			heat->highest = fmax(heat->highest, heat->rate[column][row]);
		}
}

/* 0: empty. The shades divide the range of rates evenly on a logarithmic scale. */
static unsigned shade_of(const struct heat *heat, double rate)
{
	double part;

	if (!(rate > 0))
		return 0;
	part = log(rate / heat->lowest) / log(heat->highest / heat->lowest);
	return 1 + (unsigned)fmin(fmax(part * SHADES, 0), SHADES - 1);
}

/* All cells of a shade are one path. Vertical neighbours are joined into one cell. */
static void draw_shade(struct plot *plot, const struct heat *heat, unsigned shade)
{
	char class[] = "heat heat-0";

	class[sizeof(class) - 2] = (char)('0' + shade);
	path_begin(plot, class);
	for (uint32_t column = 0; column < heat->columns; column++)
		for (uint32_t row = 0, first; row < heat->rows; row++) {
			first = row;
			while (row < heat->rows && shade_of(heat, heat->rate[column][row]) == shade)
				row++;
			if (row > first)
				plot_cell(plot, heat->from_s[column], heat->to_s[column], border(heat, first),
					  border(heat, row));
		}
	path_end(plot);
}

/* The lowest rate of each shade. */
static void write_legend(const struct heat *heat, FILE *out)
{
	fputs("<ul class=\"legend\">", out);
	for (unsigned shade = 1; shade <= SHADES; shade++) {
		double from = heat->lowest * pow(heat->highest / heat->lowest, (shade - 1.0) / SHADES);

		fprintf(out,
			"<li><svg viewBox=\"0 0 20 10\" aria-hidden=\"true\"><path class=\"heat heat-%u\" "
			"d=\"M0 0H20V10H0z\"/></svg>",
			shade);
		html_printf(out, shade == 1 ? "from %s/s" : "%s/s", fmt_grouped(from).s);
		fputs("</li>", out);
	}
	fputs("</ul>\n", out);
}

void html_heat_figure(const struct result *result, FILE *out)
{
	uint32_t count = html_time_drawn(result);
	struct plot plot = {.out = out};
	struct heat heat = {.lowest = INFINITY};

	if (!result->interval_counts || !result->sum->latency.count)
		return;
	heat.each = (count + COLUMNS_MAX - 1) / COLUMNS_MAX;
	heat.columns = (count + heat.each - 1) / heat.each;
	fit_rows(&heat, result, count);
	for (uint32_t column = 0; column < heat.columns; column++)
		fill_column(&heat, result, column, count);
	if (!(heat.highest > 0))
		return;
	heat.lowest = fmin(heat.lowest, heat.highest / 2); /* there is a range to divide into shades */
	plot.x = html_time_axis(result);
	plot.y = heat.y;
	figure_begin(out, "Responses per second at each response time");
	write_legend(&heat, out);
	plot_begin(&plot, "Heat map of response times",
		   "How many responses per second there were at each response time, over the run.");
	for (unsigned shade = 1; shade <= SHADES; shade++)
		draw_shade(&plot, &heat, shade);
	html_time_hints(&plot, result);
	plot_end(&plot);
	fputs("</figure>\n", out);
}
