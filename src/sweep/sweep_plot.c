/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Throughput and p99 over concurrency: the measured values with their intervals, and the limits that the
 * pick used. */
#include "sweep/sweep_page.h"

#include <math.h>
#include <string.h>

#include "report/format.h"
#include "report/html/plot.h"

/* Which of the two figures a plot shows. */
struct shown {
	double (*value)(const struct figures *figures);
	const struct bounds *(*interval)(const struct side *side);
};

static double rate_of(const struct figures *figures)
{
	return figures->rps;
}

static double p99_of(const struct figures *figures)
{
	return figures->p99_s;
}

static const struct bounds *rate_interval(const struct side *side)
{
	return &side->rps;
}

static const struct bounds *p99_interval(const struct side *side)
{
	return &side->p99_s;
}

static const struct shown rate = {rate_of, rate_interval}, p99 = {p99_of, p99_interval};

/* ---- axes ---- */

static struct axis concurrency_axis(const struct sweep *sweep)
{
	double first = sweep->points[0].concurrency, last = sweep->points[sweep->count - 1].concurrency;

	return (struct axis){
	    .low = first / 1.2, .high = last * 1.2, .logarithmic = true, .unit = AXIS_NUMBER};
}

/* The smallest and the largest value above 0, intervals and references included. */
static void range_of(const struct sweep *sweep, const struct shown *shown, double *lowp, double *highp)
{
	*lowp = INFINITY;
	*highp = 0;
	for (unsigned i = 0; i < sweep->count; i++) {
		const struct side *side = &sweep->points[i].target;
		double values[] = {shown->value(&side->median),
				   shown->value(&sweep->points[i].reference.median),
				   shown->interval(side)->low, shown->interval(side)->high};

		for (unsigned k = 0; k < sizeof(values) / sizeof(*values); k++) {
			if (values[k] > 0) {
				*lowp = fmin(*lowp, values[k]);
				*highp = fmax(*highp, values[k]);
			}
		}
	}
}

/* ---- curves ---- */

static void draw_curve(struct plot *plot, const struct sweep *sweep, const struct shown *shown,
		       bool reference)
{
	path_begin(plot, reference ? "dashed" : shown == &rate ? "first" : "second");
	for (unsigned i = 0; i < sweep->count; i++) {
		const struct point *point = &sweep->points[i];
		double value = shown->value(reference ? &point->reference.median : &point->target.median);

		path_to(plot, point->concurrency, value > 0 ? value : NAN);
	}
	path_end(plot);
}

static void draw_points(struct plot *plot, const struct sweep *sweep, const struct shown *shown)
{
	for (unsigned i = 0; i < sweep->count; i++) {
		const struct point *point = &sweep->points[i];
		const struct bounds *interval = shown->interval(&point->target);
		double value = shown->value(&point->target.median);
		bool out = point->disqualified[0];

		if (interval->high > 0)
			plot_error_bar(plot, shown == &rate ? "bar-first" : "bar-second", point->concurrency,
				       interval->low, interval->high);
		if (value > 0)
			plot_mark(plot,
				  out		   ? "mark-out"
				  : shown == &rate ? "mark-first"
						   : "mark-second",
				  point->concurrency, value, out);
	}
}

static void interval_text(char *text, size_t size, const struct bounds *interval, bool seconds)
{
	*text = '\0';
	if (!(interval->high > 0))
		return;
	snprintf(text, size, " (%s to %s)",
		 seconds ? fmt_time(interval->low).s : fmt_grouped(interval->low).s,
		 seconds ? fmt_time(interval->high).s : fmt_grouped(interval->high).s);
}

/* The hint area of each level reaches halfway to its neighbours. */
static void draw_hints(struct plot *plot, const struct sweep *sweep)
{
	for (unsigned i = 0; i < sweep->count; i++) {
		const struct point *point = &sweep->points[i];
		const struct side *side = &point->target;
		double c = point->concurrency;
		double from = i ? sqrt(c * point[-1].concurrency) : plot->x.low;
		double to = i + 1 < sweep->count ? sqrt(c * point[1].concurrency) : plot->x.high;
		char rps_range[80], p99_range[80], reference[100] = "";

		interval_text(rps_range, sizeof(rps_range), &side->rps, false);
		interval_text(p99_range, sizeof(p99_range), &side->p99_s, true);
		if (point->reference.count || point->reference.median.rps > 0)
			snprintf(reference, sizeof(reference), "reference %s/s, p99 %s\n",
				 fmt_grouped(point->reference.median.rps).s,
				 fmt_time(point->reference.median.p99_s).s);
		plot_hint(plot, from, to, "c = %u\n%s/s%s\np99 %s%s\n%s%s", point->concurrency,
			  fmt_grouped(side->median.rps).s, rps_range, fmt_time(side->median.p99_s).s,
			  p99_range, reference,
			  point->disqualified[0] ? point->disqualified : "passed the gates");
	}
}

static void draw_knee(struct plot *plot, const struct sweep *sweep)
{
	char label[40];

	if (sweep->spot.index < 0)
		return;
	snprintf(label, sizeof(label), "c = %u", sweep->points[sweep->spot.index].concurrency);
	plot_rule_x(plot, sweep->spot.method == PICK_FALLBACK ? "rule" : "knee",
		    sweep->points[sweep->spot.index].concurrency, label);
}

static void draw(struct plot *plot, const struct sweep *sweep, const struct shown *shown)
{
	if (sweep->paired)
		draw_curve(plot, sweep, shown, true);
	draw_curve(plot, sweep, shown, false);
	draw_points(plot, sweep, shown);
	draw_knee(plot, sweep);
	draw_hints(plot, sweep);
	plot_end(plot);
}

static void write_legend(const struct sweep *sweep, FILE *out, const struct shown *shown)
{
	if (!sweep->paired)
		return;
	legend_begin(out);
	legend_entry(out, shown == &rate ? "first" : "second", "target");
	legend_entry(out, "dashed", "reference");
	legend_end(out);
}

/* ---- the two plots ---- */

void sweep_plot_rate(const struct sweep *sweep, FILE *out)
{
	struct plot plot = {.out = out, .x = concurrency_axis(sweep)};
	double low, high;
	char label[60];

	range_of(sweep, &rate, &low, &high);
	plot.y = axis_from_zero(high, AXIS_NUMBER);
	figure_begin(out, "Requests/s over concurrency");
	write_legend(sweep, out, &rate);
	plot_begin(
	    &plot, "Throughput over concurrency",
	    "Requests per second at each level of concurrency, with 95 percent intervals; crosses are levels "
	    "that a gate rejected. The table of levels has the numbers.");
	if (sweep->spot.peak_rps > 0 && sweep->settings->method == PICK_KNEE) {
		snprintf(label, sizeof(label), "%.4g%% of the peak", 100 * sweep->settings->knee_ratio);
		plot_rule_y(&plot, "rule", sweep->settings->knee_ratio * sweep->spot.peak_rps, label, true);
	}
	draw(&plot, sweep, &rate);
	fputs("</figure>\n", out);
}

void sweep_plot_p99(const struct sweep *sweep, FILE *out)
{
	struct plot plot = {.out = out, .x = concurrency_axis(sweep)};
	double low, high,
	    baseline = sweep->baseline >= 0 ? sweep->points[sweep->baseline].target.median.p99_s : 0;
	char label[60];

	range_of(sweep, &p99, &low, &high);
	plot.y = axis_fitting(low, high, AXIS_LATENCY);
	figure_begin(out, plot.y.logarithmic ? "p99 over concurrency, logarithmic" : "p99 over concurrency");
	write_legend(sweep, out, &p99);
	plot_begin(
	    &plot, "p99 over concurrency",
	    "The 99th percentile of response times at each level of concurrency, with 95 percent intervals; "
	    "crosses are levels that a gate rejected. The table of levels has the numbers.");
	if (baseline > 0) {
		plot_rule_y(&plot, "rule", baseline, "baseline", false);
		snprintf(label, sizeof(label), "%.4g x baseline", sweep->settings->gates.max_tail_mult);
		plot_rule_y(&plot, "rule", sweep->settings->gates.max_tail_mult * baseline, label, true);
	}
	draw(&plot, sweep, &p99);
	fputs("</figure>\n", out);
}

/* ---- throughput against p99 ---- */

static bool is_drawn(const struct point *point)
{
	return point->target.median.rps > 0 && point->target.median.p99_s > 0;
}

/* The name of a level is above its mark: the curve rises to the right, so there is room. */
static void name_levels(struct plot *plot, const struct sweep *sweep)
{
	for (unsigned i = 0; i < sweep->count; i++) {
		const struct point *point = &sweep->points[i];
		char name[16];

		if (!is_drawn(point))
			continue;
		snprintf(name, sizeof(name), "%u", point->concurrency);
		plot_mark(plot,
			  point->disqualified[0]	? "mark-out"
			  : (int)i == sweep->spot.index ? "mark-first"
							: "mark-second",
			  point->target.median.rps, point->target.median.p99_s, point->disqualified[0]);
		plot_name(plot, point->target.median.rps, point->target.median.p99_s, name);
	}
}

void sweep_plot_cost(const struct sweep *sweep, FILE *out)
{
	struct plot plot = {.out = out};
	double low, high, most, least;

	range_of(sweep, &rate, &least, &most);
	range_of(sweep, &p99, &low, &high);
	plot.x = axis_from_zero(most, AXIS_NUMBER);
	plot.y = axis_fitting(low, high, AXIS_LATENCY);
	figure_begin(out, plot.y.logarithmic ? "p99 over requests/s, logarithmic" : "p99 over requests/s");
	plot_begin(
	    &plot, "p99 over throughput",
	    "The 99th percentile of response times over requests per second, a mark for each level of "
	    "concurrency with its number; crosses are levels that a gate rejected. The table of levels "
	    "has the numbers.");
	path_begin(&plot, "third");
	for (unsigned i = 0; i < sweep->count; i++)
		if (is_drawn(&sweep->points[i]))
			path_to(&plot, sweep->points[i].target.median.rps,
				sweep->points[i].target.median.p99_s);
	path_end(&plot);
	name_levels(&plot, sweep);
	plot_end(&plot);
	fputs("</figure>\n", out);
}
