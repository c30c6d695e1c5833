/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Plots as inline SVG, written from left to right without keeping anything: axes first, then what lies on
 * them. Colours and widths come from the page's style by class; a plot is scaled to the width of its place.
 */
#ifndef VASTAR_REPORT_HTML_PLOT_H
#define VASTAR_REPORT_HTML_PLOT_H

#include <stdbool.h>
#include <stdio.h>

enum axis_unit {
	AXIS_NUMBER,	 /* "20k" */
	AXIS_LATENCY,	 /* seconds: "250 ms" */
	AXIS_PERCENTILE, /* values are 1 / (1 - q): "99.9 %" */
};

struct axis {
	double low, high;
	bool logarithmic; /* then low is above 0 */
	enum axis_unit unit;
};

struct plot {
	FILE *out;
	struct axis x, y;
	int rules;    /* so many vertical ones have a label */
	bool drawing; /* a point of the path has been drawn */
	double last_x, last_y;
};

/* From 0 to a bit above the highest value. */
struct axis axis_from_zero(double high, enum axis_unit unit);
/* From a bit below `low` to a bit above `high`: logarithmic when high is 10 times as much as low and above,
 * else from 0. */
struct axis axis_fitting(double low, double high, enum axis_unit unit);

/* Writes the start of a figure with a heading, for whatever comes below it. */
void figure_begin(FILE *out, const char *title);
/* An entry of the legend: the class of its line, and its name. Ends with "</ul>" after the last. */
void legend_begin(FILE *out);
void legend_entry(FILE *out, const char *class, const char *name);
void legend_end(FILE *out);

/* The frame with its ticks. `description` says to those who cannot see it what the plot shows. Ends with
 * plot_end(). */
void plot_begin(struct plot *plot, const char *title, const char *description);
void plot_end(struct plot *plot);

/* A line through the points given, those left out that fall onto their neighbours. A point whose y is not a
 * number interrupts it. */
void path_begin(struct plot *plot, const char *class);
void path_to(struct plot *plot, double x, double y);
void path_end(struct plot *plot);

/* From the bottom up to y. A y above the bottom can always be seen. */
void plot_column(struct plot *plot, const char *class, double from_x, double to_x, double y);
/* A mark at a point: a disk, or with `crossed` a cross. */
void plot_mark(struct plot *plot, const char *class, double x, double y, bool crossed);
void plot_error_bar(struct plot *plot, const char *class, double x, double low, double high);
/* A line across the whole plot at a value of x or y, with a label; nothing outside the range. */
void plot_rule_x(struct plot *plot, const char *class, double x, const char *label);
void plot_rule_y(struct plot *plot, const char *class, double y, const char *label, bool label_at_left);
/* Shades a range of x. */
void plot_shade(struct plot *plot, double from_x, double to_x);

/* What is said about a range of x when the pointer is there; lines end in '\n'. */
void plot_hint(struct plot *plot, double from_x, double to_x, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
