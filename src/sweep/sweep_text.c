/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The sweep as a person reads it: what was measured and where, a table, the sweet spot and why. */
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
	fprintf(out, " %10.*f", rps >= 1000 ? 0 : 1, rps);
}

static void print_head(const struct paper *paper)
{
	const struct sweep *sweep = paper->sweep;
	const struct sweep_settings *settings = sweep->settings;
	const struct point *baseline = sweep->baseline >= 0 ? &sweep->points[sweep->baseline] : NULL;
	const struct figures *f = baseline ? &baseline->target.median : NULL;
	FILE *out = paper->out;

	fprintf(out, "Sweep of %s ", settings->target.method ? settings->target.method : "GET");
	fmt_escaped(out, settings->target.url);
	fputc('\n', out);
	if (sweep->paired) {
		fputs("  against ", out);
		fmt_escaped(out, settings->cached ? settings->cached->url : settings->reference.url);
		fputs(settings->cached ? ", from a file\n" : "\n", out);
	}
	fputs("  machine:   ", out);
	fmt_escaped(out, sweep->machine.cpu_model);
	fprintf(out, ", %u processors, %" PRIu64 " MB, Linux ", sweep->machine.cpu_count,
		sweep->machine.ram_mb);
	fmt_escaped(out, sweep->machine.kernel);
	fprintf(out, "\n  runs:      %u in %.1f s, in random order (--seed %" PRIu64 "), %u for each level\n",
		sweep->run, ns_to_s(sweep->elapsed_ns), settings->seed, settings->repeats);
	if (f && f->rps > 0)
		fprintf(out, "  baseline:  c = %u: %.1f rps, p50 %s, p99 %s\n", baseline->concurrency, f->rps,
			fmt_ms(f->p50_s).s, fmt_ms(f->p99_s).s);
	fputc('\n', out);
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
	return point->disqualified[0] ? point->disqualified
	       : point->baseline_only ? "baseline"
	       : point->unjudged      ? "ok, not all judged"
				      : "ok";
}

static void print_point(const struct paper *paper, const struct point *point, bool picked)
{
	const struct figures *f = &point->target.median, *r = &point->reference.median;
	FILE *out = paper->out;

	fprintf(out, "%c %6u", picked ? '>' : ' ', point->concurrency);
	print_rate(out, f->rps);
	print_ms(out, f->p50_s);
	if (paper->sweep->paired) {
		print_ms(out, f->p99_s);
		print_rate(out, r->rps);
		print_ms(out, r->p99_s);
		fprintf(out, " %8.1f%% %7.1f%%", point->overhead_pct, point->rps_deficit_pct);
		fprintf(out, " %6.2f%%  ", 100 * f->error_rate);
	} else {
		print_ms(out, f->p95_s);
		print_ms(out, f->p99_s);
		print_ms(out, f->p999_s);
		fprintf(out, " %6.2f%%", 100 * f->error_rate);
		fprintf(out, " %10.4g  ", point->score);
	}
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
		fprintf(out, "No level has passed the gates. Nearest: c = %u\n", point->concurrency);
	else
		fprintf(out, "Sweet spot: c = %u\n", point->concurrency);
	fprintf(out, "  %.1f rps, %.1f %% of the peak", point->target.median.rps,
		spot->peak_rps > 0 ? 100 * point->target.median.rps / spot->peak_rps : 0);
	if (point->target.rps.high > 0)
		fprintf(out, " (95 %% interval %.1f to %.1f, from %s)", point->target.rps.low,
			point->target.rps.high, point->target.from_repeats ? "repeats" : "blocks of time");
	fprintf(out, "\n  p99 %s", fmt_ms(point->target.median.p99_s).s);
	if (baseline && baseline->target.median.p99_s > 0)
		fprintf(out, ", %.2f x the baseline's %s",
			point->target.median.p99_s / baseline->target.median.p99_s,
			fmt_ms(baseline->target.median.p99_s).s);
	if (sweep->paired)
		fprintf(out, "; overhead %.1f %% of the reference's p99, rps deficit %.1f %%",
			point->overhead_pct, point->rps_deficit_pct);
	fprintf(out, "\n  %s: ", pick_names[spot->method]);
	fmt_wrapped(out, reasoning, (unsigned)strlen(pick_names[spot->method]) + 4, 2, WIDTH);
	if (spot->method != PICK_FALLBACK)
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
