/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The sweep as text for people: what was measured and where, a table, the sweet spot and the reason for
 * it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/emit.h"
#include "report/format.h"
#include "sweep/sweep.h"

enum { WIDTH = 100 };

struct paper {
	FILE *out;
	const struct sweep *sweep;
	bool color;
};

static void paint(const struct paper *paper, unsigned color, const char *text)
{
	if (paper->color)
		fprintf(paper->out, "\033[38;5;%um%s\033[0m", color, text);
	else
		fputs(text, paper->out);
}

/* Milliseconds in nine columns, with four significant digits. */
static void print_ms(FILE *out, double s)
{
	double ms = 1e3 * s;
	int decimals = ms >= 1000 ? 0 : ms >= 100 ? 1 : ms >= 10 ? 2 : ms >= 1 ? 3 : 4;

	if (s > 0)
		fprintf(out, " %9.*f", decimals, ms);
	else
		fprintf(out, " %9s", "-");
}

static void print_rate(FILE *out, double rps)
{
	if (rps > 0)
		fprintf(out, " %10.*f", rps >= 1000 ? 0 : 1, rps);
	else
		fprintf(out, " %10s", "-");
}

static void print_percent(FILE *out, bool known, int width, int decimals, double percent)
{
	if (known)
		fprintf(out, " %*.*f%%", width - 1, decimals, percent);
	else
		fprintf(out, " %*s", width, "-");
}

static void print_endpoints(const struct paper *paper)
{
	const struct sweep_settings *settings = paper->sweep->settings;
	FILE *out = paper->out;

	fprintf(out, "Sweep of %s ", settings->target.method ? settings->target.method : "GET");
	fmt_escaped(out, settings->target.url);
	fputc('\n', out);
	if (!paper->sweep->paired)
		return;
	fputs("  against ", out);
	fmt_escaped(out, settings->cached ? settings->cached->url : settings->reference.url);
	fputs(settings->cached ? ", from a file\n" : "\n", out);
}

static void print_protocol(const struct paper *paper)
{
	uint32_t connections = paper->sweep->settings->measure.connections;

	if (!paper->sweep->settings->target.http2)
		return;
	fputs("  protocol:     HTTP/2", paper->out);
	if (connections)
		fprintf(paper->out, ", a level's requests are spread over at most %u connection%s",
			connections, connections == 1 ? "" : "s");
	fputc('\n', paper->out);
}

static void print_machine(const struct paper *paper)
{
	const struct run_facts *machine = &paper->sweep->machine;

	fputs("  machine:      ", paper->out);
	fmt_escaped(paper->out, machine->cpu_model);
	fprintf(paper->out, ", %u processors, %" PRIu64 " MB, Linux ", machine->cpu_count, machine->ram_mb);
	fmt_escaped(paper->out, machine->kernel);
	fputc('\n', paper->out);
}

/* What the figures compare with: the target without load, and how close vastar was to its own limit. */
static void print_calibration(const struct paper *paper)
{
	const struct sweep *sweep = paper->sweep;
	const struct point *busiest = NULL;
	const struct side *baseline = sweep->baseline >= 0 ? &sweep->points[sweep->baseline].target : NULL;

	for (unsigned i = 0; i < sweep->count; i++)
		if (point_measured(&sweep->points[i]) &&
		    (!busiest || sweep->points[i].target.busy > busiest->target.busy))
			busiest = &sweep->points[i];
	fprintf(paper->out, "  calibration:  baseline c = %u: ", sweep->settings->baseline_c);
	if (baseline && baseline->median.rps > 0)
		fprintf(paper->out, "%.1f rps, p50 %s, p99 %s", baseline->median.rps,
			fmt_short(baseline->median.p50_s).s, fmt_short(baseline->median.p99_s).s);
	else
		fputs(baseline && baseline->count ? "no response" : "not measured", paper->out);
	if (busiest)
		fprintf(paper->out, "; vastar busy %.0f %% at most (c = %u)", 100 * busiest->target.busy,
			busiest->concurrency);
	fputc('\n', paper->out);
}

static void print_head(const struct paper *paper)
{
	const struct sweep *sweep = paper->sweep;

	print_endpoints(paper);
	print_protocol(paper);
	print_machine(paper);
	fprintf(paper->out,
		"  runs:         %u in %.1f s, in random order (--seed %" PRIu64 "), %u for each level\n",
		sweep->run, ns_to_s(sweep->elapsed_ns), sweep->settings->seed, sweep->settings->repeats);
	print_calibration(paper);
	fputc('\n', paper->out);
}

static void print_title(const struct paper *paper)
{
	if (paper->sweep->paired)
		fprintf(paper->out, "  %6s %10s %9s %9s %10s %9s %9s %8s %7s  %s\n", "c", "rps", "p50 ms",
			"p99 ms", "ref rps", "ref p99", "overhead", "deficit", "errors", "verdict");
	else
		fprintf(paper->out, "  %6s %10s %9s %9s %9s %9s %7s %10s  %s\n", "c", "rps", "p50 ms",
			"p95 ms", "p99 ms", "p99.9 ms", "errors", "score", "verdict");
}

const char *point_verdict(const struct point *point)
{
	bool answered = point->target.median.rps > 0;

	return answered && point->baseline_only ? "baseline"
	       : point->disqualified[0]		? point->disqualified
	       : point->overhead_undecided	? "ok, overhead not decided"
	       : point->unjudged		? "ok, not all judged"
						: "ok";
}

static void print_point(const struct paper *paper, const struct point *point, bool picked)
{
	const struct figures *f = &point->target.median, *r = &point->reference.median;
	FILE *out = paper->out;
	bool answered = f->rps > 0, compared = answered && r->rps > 0;

	fprintf(out, "%c %6u", picked ? '>' : ' ', point->concurrency);
	print_rate(out, f->rps);
	print_ms(out, f->p50_s);
	if (paper->sweep->paired) {
		print_ms(out, f->p99_s);
		print_rate(out, r->rps);
		print_ms(out, r->p99_s);
		print_percent(out, compared, 9, 1, point->overhead_pct);
		print_percent(out, compared, 8, 1, point->rps_deficit_pct);
	} else {
		print_ms(out, f->p95_s);
		print_ms(out, f->p99_s);
		print_ms(out, f->p999_s);
	}
	print_percent(out, point_measured(point), 7, 2, 100 * f->error_rate);
	if (!paper->sweep->paired && point->score > 0)
		fprintf(out, " %10.4g", point->score);
	else if (!paper->sweep->paired)
		fprintf(out, " %10s", "-");
	fputs("  ", out);
	paint(paper, picked ? 40 : point->disqualified[0] ? 160 : 34, point_verdict(point));
	fputc('\n', out);
}

static void print_spot(const struct paper *paper)
{
	const struct sweep *sweep = paper->sweep;
	const struct sweet_spot *spot = &sweep->spot;
	const struct point *point = spot->index >= 0 ? &sweep->points[spot->index] : NULL;
	const struct point *baseline = sweep->baseline >= 0 ? &sweep->points[sweep->baseline] : NULL;
	FILE *out = paper->out;
	char reasoning[256];

	sweep_reasoning(sweep, reasoning, sizeof(reasoning));
	fputc('\n', out);
	if (!point) {
		fprintf(out, "No sweet spot: %s.\n", reasoning);
		return;
	}
	if (spot->method == PICK_FALLBACK)
		fprintf(out, "No level passed the gates. Nearest: c = %u\n", point->concurrency);
	else
		fprintf(out, "Sweet spot: c = %u\n", point->concurrency);
	fprintf(out, "  %.1f rps, %.1f %% of the peak", point->target.median.rps,
		spot->peak_rps > 0 ? 100 * point->target.median.rps / spot->peak_rps : 0);
	if (point->target.rps.high > 0)
		fprintf(out, " (95 %% interval %.1f to %.1f, from %s)", point->target.rps.low,
			point->target.rps.high, point->target.from_repeats ? "repeats" : "blocks of time");
	fprintf(out, "\n  p99 %s", fmt_short(point->target.median.p99_s).s);
	if (point->target.p99_s.high > 0)
		fprintf(out, " (%s to %s)", fmt_short(point->target.p99_s.low).s,
			fmt_short(point->target.p99_s.high).s);
	if (baseline && baseline->target.median.p99_s > 0)
		fprintf(out, ", %.2f x the baseline's %s",
			point->target.median.p99_s / baseline->target.median.p99_s,
			fmt_short(baseline->target.median.p99_s).s);
	if (sweep->paired && point->reference.median.rps > 0)
		fprintf(out, "; overhead %.1f %% of the reference's p99, rps deficit %.1f %%",
			point->overhead_pct, point->rps_deficit_pct);
	fprintf(out, "\n  %s: ", pick_names[spot->method]);
	fmt_wrapped(out, reasoning, (unsigned)strlen(pick_names[spot->method]) + 4, 2, WIDTH);
	if (spot->method != PICK_FALLBACK && point->target.rps.high > 0)
		fprintf(out, "  confidence: %.0f %% of resamples of the measurement pick the same level\n",
			100 * spot->confidence);
}

static void print_notes(const struct paper *paper)
{
	if (paper->sweep->note_count)
		fputs("\nNotes:\n", paper->out);
	for (unsigned i = 0; i < paper->sweep->note_count; i++) {
		fputs("  - ", paper->out);
		fmt_wrapped(paper->out, paper->sweep->notes[i], 4, 4, WIDTH);
	}
}

int sweep_write_text(const struct sweep *sweep, bool color, FILE *out, struct vastar_error *err)
{
	struct draft draft;
	struct paper paper = {.sweep = sweep, .color = color};

	if (!draft_open(&draft))
		return err_nomem(err, "report");
	paper.out = draft.stream;
	print_head(&paper);
	print_title(&paper);
	for (unsigned i = 0; i < sweep->count; i++)
		print_point(&paper, &sweep->points[i], (int)i == sweep->spot.index);
	print_spot(&paper);
	print_notes(&paper);
	return draft_emit(&draft, out, err);
}
