/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Plots as inline SVG, written from left to right without storing anything: first the axes, then the data.
 * Colours and widths come from the page's style by class. A plot scales to the width of its place.
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
	bool logarithmic; /* requires low above 0 */
	enum axis_unit unit;
};

struct plot {
	FILE *out;
	struct axis x, y;
	int rules;    /* number of vertical rules that have a label */
	bool drawing; /* the path has at least one point */
	double last_x, last_y;
};

/* From 0 to slightly above the highest value. */
struct axis axis_from_zero(double high, enum axis_unit unit);
/* From slightly below `low` to slightly above `high`. Logarithmic when high is at least 10 times low, else
 * linear from 0. */
struct axis axis_fitting(double low, double high, enum axis_unit unit);

/* Starts a figure with a heading. */
void figure_begin(FILE *out, const char *title);
/* An entry of the legend: the class of its line, and its name. The caller writes "</ul>" after the last. */
void legend_begin(FILE *out);
void legend_entry(FILE *out, const char *class, const char *name);
void legend_end(FILE *out);

/* The frame with its ticks. `description` tells people who cannot see the plot what it shows. End it with
 * plot_end(). */
void plot_begin(struct plot *plot, const char *title, const char *description);
void plot_end(struct plot *plot);

/* A line through the given points. Points that coincide with their neighbours are left out. A point whose
 * y is not a number interrupts the line. */
void path_begin(struct plot *plot, const char *class);
void path_to(struct plot *plot, double x, double y);
void path_end(struct plot *plot);

/* A column from the bottom up to y. It stays visible whenever y is above the bottom. */
void plot_column(struct plot *plot, const char *class, double from_x, double to_x, double y);
/* A cell of the path that was begun: paths of cells are filled. */
void plot_cell(struct plot *plot, double from_x, double to_x, double from_y, double to_y);
/* A mark at a point: a disk, or a cross with `crossed`. */
void plot_mark(struct plot *plot, const char *class, double x, double y, bool crossed);
/* A name just above a point. */
void plot_name(struct plot *plot, double x, double y, const char *name);
void plot_error_bar(struct plot *plot, const char *class, double x, double low, double high);
/* A line with a label across the whole plot, at a value of x or y. Nothing when the value is outside the
 * range. */
void plot_rule_x(struct plot *plot, const char *class, double x, const char *label);
void plot_rule_y(struct plot *plot, const char *class, double y, const char *label, bool label_at_left);
/* Shades a range of x. */
void plot_shade(struct plot *plot, double from_x, double to_x);

/* The text shown when the pointer is over a range of x. Its lines end in '\n'. */
void plot_hint(struct plot *plot, double from_x, double to_x, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
