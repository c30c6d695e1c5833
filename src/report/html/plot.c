/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/html/plot.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "report/html/markup.h"

/* In the plot's own units, about one pixel each at full size. The left margin has room for the larger
 * labels of small screens. */
enum { WIDTH = 480, HEIGHT = 240, LEFT = 64, RIGHT = 466, TOP = 16, BOTTOM = 208 };
enum { LABEL_HALF = 26 }; /* half of the widest text under a tick, which stays inside the picture */
enum { TICKS = 5 };	  /* approximate number of ticks on a linear axis */

/* ---- axes ---- */

struct axis axis_from_zero(double high, enum axis_unit unit)
{
	return (struct axis){.low = 0, .high = high > 0 ? 1.08 * high : 1, .unit = unit};
}

struct axis axis_fitting(double low, double high, enum axis_unit unit)
{
	if (!(low > 0) || high < 10 * low)
		return axis_from_zero(high, unit);
	return (struct axis){.low = low / 1.15, .high = high * 1.25, .logarithmic = true, .unit = unit};
}

/* The position of a value on its axis, from 0 to 1. Values outside the range go to the edge. */
static double place(const struct axis *axis, double value)
{
	double part;

	if (!(axis->high > axis->low))
		return 0.5;
	if (axis->logarithmic)
		part = value > 0 ? log(value / axis->low) / log(axis->high / axis->low) : 0;
	else
		part = (value - axis->low) / (axis->high - axis->low);
	return fmin(fmax(part, 0), 1);
}

static double at_x(const struct plot *plot, double value)
{
	return LEFT + (RIGHT - LEFT) * place(&plot->x, value);
}

static double at_y(const struct plot *plot, double value)
{
	return BOTTOM - (BOTTOM - TOP) * place(&plot->y, value);
}

static bool within(const struct axis *axis, double value)
{
	double slack = 1e-9 * (axis->high - axis->low);

	return value >= axis->low - slack && value <= axis->high + slack;
}

static void tick_text(char *text, size_t size, enum axis_unit unit, double value)
{
	static const char *const times[] = {"ns", "us", "ms", "s"}, *const multiples[] = {"", "k", "M", "G"};
	unsigned i = 0;

	if (unit == AXIS_PERCENTILE) {
		snprintf(text, size, "%.9g%%", 100 - 100 / value);
		return;
	}
	if (unit == AXIS_LATENCY)
		value *= 1e9;
	/* A rounding error must not turn 1 ms into 1000 us. */
	for (; i < 3 && value >= 999.9999; i++)
		value /= 1000;
	if (unit == AXIS_LATENCY && value > 0)
		snprintf(text, size, "%.5g %s", value, times[i]);
	else
		snprintf(text, size, "%.5g%s", value, unit == AXIS_LATENCY ? "" : multiples[i]);
}

typedef void draw_tick(struct plot *plot, double value, const char *text);

static void tick(struct plot *plot, const struct axis *axis, double value, draw_tick *draw)
{
	char text[40];

	if (!within(axis, value))
		return;
	tick_text(text, sizeof(text), axis->unit, value);
	draw(plot, value, text);
}

/* Multiples of 1, 2 or 5 times a power of ten. */
static void linear_ticks(struct plot *plot, const struct axis *axis, draw_tick *draw)
{
	double rough = (axis->high - axis->low) / TICKS, power, step;

	if (!(rough > 0)) {
		tick(plot, axis, axis->low, draw);
		return;
	}
	power = pow(10, floor(log10(rough)));
	step = rough > 5 * power ? 10 * power : rough > 2 * power ? 5 * power : 2 * power;
	/* Adding 0 turns -0 into 0. */
	for (double i = ceil(axis->low / step - 1e-9); i * step <= axis->high; i++)
		tick(plot, axis, i * step + 0.0, draw);
}

/* Powers of ten, and 2 and 5 times them where there is room. */
static void logarithmic_ticks(struct plot *plot, const struct axis *axis, draw_tick *draw)
{
	double decades = log10(axis->high / axis->low);
	int first = (int)floor(log10(axis->low)), every = decades > 6 ? 2 : 1;
	/* A plain number needs less room than a time. */
	bool finer = axis->unit != AXIS_PERCENTILE && decades < (axis->unit == AXIS_NUMBER ? 2.7 : 2.2);

	for (int i = first; i <= (int)ceil(log10(axis->high)); i += every) {
		tick(plot, axis, pow(10, i), draw);
		for (int k = 2; finer && k <= 5; k += 3)
			tick(plot, axis, k * pow(10, i), draw);
	}
}

static void ticks(struct plot *plot, const struct axis *axis, draw_tick *draw)
{
	/* Within less than half a decade a linear axis has better numbers, wherever they lie. */
	if (axis->logarithmic && axis->high > 4 * axis->low)
		logarithmic_ticks(plot, axis, draw);
	else
		linear_ticks(plot, axis, draw);
}

static void draw_x_tick(struct plot *plot, double value, const char *text)
{
	double x = at_x(plot, value), most = WIDTH - LABEL_HALF;

	fprintf(plot->out,
		"<line class=\"tick\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>"
		"<text class=\"x\" x=\"%.1f\" y=\"%d\">",
		x, BOTTOM, x, BOTTOM + 4, x < most ? x : most, BOTTOM + 20);
	html_text(plot->out, text);
	fputs("</text>\n", plot->out);
}

static void draw_y_tick(struct plot *plot, double value, const char *text)
{
	double y = at_y(plot, value);

	fprintf(plot->out,
		"<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
		"<text class=\"y\" x=\"%d\" y=\"%.1f\">",
		LEFT, y, RIGHT, y, LEFT - 7, y + 4);
	html_text(plot->out, text);
	fputs("</text>\n", plot->out);
}

/* ---- the frame ---- */

void figure_begin(FILE *out, const char *title)
{
	fputs("<figure>\n<figcaption>", out);
	html_text(out, title);
	fputs("</figcaption>\n", out);
}

void legend_begin(FILE *out)
{
	fputs("<ul class=\"legend\">", out);
}

void legend_entry(FILE *out, const char *class, const char *name)
{
	fprintf(
	    out,
	    "<li><svg viewBox=\"0 0 20 10\" aria-hidden=\"true\"><path class=\"%s\" d=\"M0 5H20\"/></svg>",
	    class);
	html_text(out, name);
	fputs("</li>", out);
}

void legend_end(FILE *out)
{
	fputs("</ul>\n", out);
}

void plot_begin(struct plot *plot, const char *title, const char *description)
{
	fprintf(plot->out, "<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH,
		HEIGHT);
	html_text(plot->out, title);
	fputs("\">\n<desc>", plot->out);
	html_text(plot->out, description);
	fputs("</desc>\n", plot->out);
	ticks(plot, &plot->y, draw_y_tick);
	ticks(plot, &plot->x, draw_x_tick);
	fprintf(plot->out, "<line class=\"axis\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", LEFT, BOTTOM,
		RIGHT, BOTTOM);
}

void plot_end(struct plot *plot)
{
	fputs("</svg>\n", plot->out);
}

/* ---- the data ---- */

void path_begin(struct plot *plot, const char *class)
{
	fprintf(plot->out, "<path class=\"%s\" d=\"M%d %d", class, LEFT, BOTTOM);
	plot->drawing = false;
}

void path_to(struct plot *plot, double x, double y)
{
	double px = at_x(plot, x), py = at_y(plot, y);

	if (!isfinite(y)) {
		plot->drawing = false;
		return;
	}
	if (plot->drawing && fabs(px - plot->last_x) < 0.5 && fabs(py - plot->last_y) < 0.5)
		return;
	fprintf(plot->out, "%s%.1f %.1f", plot->drawing ? "L" : "M", px, py);
	/* A single point between two gaps becomes a dot: a line of zero length with round ends. */
	if (!plot->drawing)
		fputs("h0", plot->out);
	plot->drawing = true;
	plot->last_x = px;
	plot->last_y = py;
}

void path_end(struct plot *plot)
{
	fputs("\"/>\n", plot->out);
}

void plot_column(struct plot *plot, const char *class, double from_x, double to_x, double y)
{
	double left = at_x(plot, from_x), right = at_x(plot, to_x), top = at_y(plot, y);
	double gap = right - left > 4 ? 1 : 0;

	if (!(y > plot->y.low))
		return;
	top = fmin(top, BOTTOM - 1.5);
	fprintf(plot->out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
		class, left + gap / 2, top, fmax(right - left - gap, 1), BOTTOM - top);
}

void plot_cell(struct plot *plot, double from_x, double to_x, double from_y, double to_y)
{
	fprintf(plot->out, "M%.1f %.1fH%.1fV%.1fH%.1fz", at_x(plot, from_x), at_y(plot, from_y),
		at_x(plot, to_x), at_y(plot, to_y), at_x(plot, from_x));
}

void plot_name(struct plot *plot, double x, double y, const char *name)
{
	fprintf(plot->out, "<text class=\"before\" x=\"%.1f\" y=\"%.1f\">", at_x(plot, x) - 6,
		fmax(at_y(plot, y) - 6, TOP));
	html_text(plot->out, name);
	fputs("</text>\n", plot->out);
}

void plot_mark(struct plot *plot, const char *class, double x, double y, bool crossed)
{
	double px = at_x(plot, x), py = at_y(plot, y);

	if (crossed)
		fprintf(plot->out, "<path class=\"%s\" d=\"M%.1f %.1fl8 8m0 -8l-8 8\"/>\n", class, px - 4,
			py - 4);
	else
		fprintf(plot->out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n", class, px, py);
}

void plot_error_bar(struct plot *plot, const char *class, double x, double low, double high)
{
	double px = at_x(plot, x), from = at_y(plot, low), to = at_y(plot, high);

	fprintf(plot->out, "<path class=\"%s\" d=\"M%.1f %.1fh6m-3 0V%.1fm-3 0h6\"/>\n", class, px - 3, from,
		to);
}

void plot_rule_x(struct plot *plot, const char *class, double x, const char *label)
{
	double px = at_x(plot, x);
	/* The label goes on the side with more room. */
	bool before = px > (LEFT + RIGHT) / 2.0;

	if (!within(&plot->x, x))
		return;
	fprintf(plot->out,
		"<line class=\"%s\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>"
		"<text class=\"%s\" x=\"%.1f\" y=\"%d\">",
		class, px, TOP - 6, px, BOTTOM, before ? "before" : "after", before ? px - 5 : px + 5,
		TOP + 4 + 14 * plot->rules++);
	html_text(plot->out, label);
	fputs("</text>\n", plot->out);
}

void plot_rule_y(struct plot *plot, const char *class, double y, const char *label, bool label_at_left)
{
	double py = at_y(plot, y);

	if (!within(&plot->y, y))
		return;
	fprintf(plot->out,
		"<line class=\"%s\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
		"<text class=\"%s\" x=\"%d\" y=\"%.1f\">",
		class, LEFT, py, RIGHT, py, label_at_left ? "after" : "before",
		label_at_left ? LEFT + 4 : RIGHT, py - 5);
	html_text(plot->out, label);
	fputs("</text>\n", plot->out);
}

void plot_shade(struct plot *plot, double from_x, double to_x)
{
	double left = at_x(plot, from_x), right = at_x(plot, to_x);

	if (right > left)
		fprintf(plot->out,
			"<rect class=\"shade\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", left,
			TOP, right - left, BOTTOM - TOP);
}

void plot_hint(struct plot *plot, double from_x, double to_x, const char *format, ...)
{
	double left = at_x(plot, from_x), right = at_x(plot, to_x);
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(plot->out, "<rect class=\"hint\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"><title>",
		left, TOP, fmax(right - left, 1), BOTTOM - TOP);
	for (char *rest = text, *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		html_text(plot->out, line);
		fputs(rest ? "\n" : "</title></rect>\n", plot->out);
	}
}
