/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The sweep as one HTML file: the sweet spot, the curves, the table of levels, and how it was measured. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "report/emit.h"
#include "report/format.h"
#include "report/html/markup.h"
#include "sweep/sweep.h"
#include "sweep/sweep_page.h"

static const char *method_of(const struct vastar_settings *settings)
{
	return settings->method ? settings->method : "GET";
}

static const char *reference_url(const struct sweep *sweep)
{
	return sweep->settings->cached ? sweep->settings->cached->url : sweep->settings->reference.url;
}

/* ---- headline ---- */

static void write_header(const struct sweep *sweep, FILE *out)
{
	char heading[64];

	snprintf(heading, sizeof(heading), "Sweep of %.40s", method_of(&sweep->settings->target));
	html_begin(out, heading, sweep->settings->target.url);
	if (sweep->paired) {
		fputs("<p>against ", out);
		html_text(out, reference_url(sweep));
		fputs(sweep->settings->cached ? ", from a file</p>\n" : "</p>\n", out);
	}
	fputs("<p>", out);
	html_printf(out, "%u runs in %s, ", sweep->run, fmt_time(ns_to_s(sweep->elapsed_ns)).s);
	fprintf(out, "<time>%s</time></p>\n</header>\n", fmt_instant(sweep->started_at_s, -1).s);
}

static void write_banners(const struct sweep *sweep, FILE *out)
{
	char reasoning[256];

	sweep_reasoning(sweep, reasoning, sizeof(reasoning));
	if (sweep->stopped_early)
		html_banner(out, "alert", "Stopped early.", "The figures cover the time until then.");
	if (sweep->spot.index < 0)
		html_banner(out, "alert", "No sweet spot.", reasoning);
	else if (sweep->spot.method == PICK_FALLBACK)
		html_banner(out, "alert", "No level passed the gates.", reasoning);
	else
		html_banner(out, "note", pick_names[sweep->spot.method], reasoning);
}

static void p99_card(const struct sweep *sweep, const struct point *point, FILE *out)
{
	double p99 = point->target.median.p99_s;
	double baseline = sweep->baseline >= 0 ? sweep->points[sweep->baseline].target.median.p99_s : 0;
	char note[64] = "";

	if (baseline > 0)
		snprintf(note, sizeof(note), "%.2f x the baseline's", p99 / baseline);
	html_card(out, "p99", fmt_time(p99).s, note);
}

static void paired_cards(const struct point *point, FILE *out)
{
	char text[32];

	snprintf(text, sizeof(text), "%.1f%%", point->overhead_pct);
	html_card(out, "Overhead", text, "of p99 above the reference's");
	snprintf(text, sizeof(text), "%.1f%%", point->rps_deficit_pct);
	html_card(out, "Deficit", text, "of requests/s below the reference's");
}

static void write_headline(const struct sweep *sweep, FILE *out)
{
	const struct sweet_spot *spot = &sweep->spot;
	const struct point *point = spot->index >= 0 ? &sweep->points[spot->index] : NULL;
	char text[40], note[64] = "";

	if (!point)
		return;
	fputs("<dl class=\"cards\">\n", out);
	snprintf(text, sizeof(text), "c = %u", point->concurrency);
	html_card(out, spot->method == PICK_FALLBACK ? "Nearest" : "Sweet spot", text,
		  pick_names[spot->method]);
	if (spot->peak_rps > 0)
		snprintf(note, sizeof(note), "%.1f%% of the peak of %s",
			 100 * point->target.median.rps / spot->peak_rps, fmt_grouped(spot->peak_rps).s);
	html_card(out, "Requests/s", fmt_grouped(point->target.median.rps).s, note);
	p99_card(sweep, point, out);
	if (sweep->paired)
		paired_cards(point, out);
	else
		html_card(out, "p50", fmt_time(point->target.median.p50_s).s, "");
	if (spot->method != PICK_FALLBACK) {
		snprintf(text, sizeof(text), "%.0f%%", 100 * spot->confidence);
		html_card(out, "Confidence", text, "of resamples pick this level");
	}
	fputs("</dl>\n", out);
}

/* ---- the levels ---- */

static void ms_cell(FILE *out, double s)
{
	html_cell(out, "%s", s > 0 ? fmt_time(s).s : "-");
}

static void figures_cells(const struct sweep *sweep, const struct point *point, FILE *out)
{
	const struct figures *f = &point->target.median, *r = &point->reference.median;

	html_cell(out, "%s", fmt_grouped(f->rps).s);
	ms_cell(out, f->p50_s);
	if (!sweep->paired)
		ms_cell(out, f->p95_s);
	ms_cell(out, f->p99_s);
	if (!sweep->paired)
		ms_cell(out, f->p999_s);
	if (sweep->paired) {
		html_cell(out, "%s", fmt_grouped(r->rps).s);
		ms_cell(out, r->p99_s);
		html_cell(out, "%.1f%%", point->overhead_pct);
		html_cell(out, "%.1f%%", point->rps_deficit_pct);
	}
	html_cell(out, "%.2f%%", 100 * f->error_rate);
	if (!sweep->paired)
		html_cell(out, "%.4g", point->score);
}

static void level_row(const struct sweep *sweep, const struct point *point, bool picked, FILE *out)
{
	fprintf(out, "<tr%s><th scope=\"row\">%u</th>", picked ? " class=\"picked\"" : "",
		point->concurrency);
	figures_cells(sweep, point, out);
	fprintf(out, "<td class=\"text %s\">%s", point->disqualified[0] ? "out" : "ok",
		picked ? "picked: " : "");
	html_text(out, point_verdict(point));
	fputs("</td></tr>\n", out);
}

static void write_levels(const struct sweep *sweep, FILE *out)
{
	html_section(out, "Levels");
	if (sweep->paired)
		html_table(out, "Medians of the runs at each level",
			   "c|Requests/s|p50|p99|Reference/s|Reference p99|Overhead|Deficit|Errors|<Verdict");
	else
		html_table(out, "Medians of the runs at each level",
			   "c|Requests/s|p50|p95|p99|p99.9|Errors|Score|<Verdict");
	for (unsigned i = 0; i < sweep->count; i++)
		level_row(sweep, &sweep->points[i], (int)i == sweep->spot.index, out);
	fputs("</tbody></table></div>\n", out);
	for (unsigned i = 0; i < sweep->note_count; i++) {
		fputs("<p>", out);
		html_text(out, sweep->notes[i]);
		fputs("</p>\n", out);
	}
	fputs("</section>\n", out);
}

static void write_curves(const struct sweep *sweep, FILE *out)
{
	if (sweep->spot.index < 0)
		return;
	html_section(out, "Curves");
	fputs("<div class=\"columns\">\n", out);
	sweep_plot_rate(sweep, out);
	sweep_plot_p99(sweep, out);
	sweep_plot_cost(sweep, out);
	fputs("</div>\n<p class=\"hush\">Bars are 95% intervals, from repeats or else from blocks of time. "
	      "Crosses "
	      "are levels that a gate rejected. In the last plot the numbers are levels, and the picked one "
	      "has the other colour.</p>\n</section>\n",
	      out);
}

/* ---- how it was measured ---- */

static void settings_table(const struct sweep *sweep, FILE *out)
{
	const struct sweep_settings *settings = sweep->settings;
	const struct measure_settings *measure = &settings->measure;

	fputs("<div class=\"facts\">", out);
	html_table(out, "Settings", "");
	html_row_command(out, "Command", settings->target.command);
	html_row_text(out, "URL", settings->target.url);
	html_row_text(out, "Method", method_of(&settings->target));
	if (sweep->paired)
		html_row_text(out, "Reference", reference_url(sweep));
	if (measure->duration_ns)
		html_row(out, "A run", "%s", fmt_duration(measure->duration_ns).s);
	else
		html_row(out, "A run", "%s %s responses", measure->exact ? "exactly" : "at least",
			 fmt_grouped((double)measure->requests).s);
	html_row(out, "Runs for each level", "%u", settings->repeats);
	html_row(out, "Refined", settings->refine ? "yes" : "no");
	html_row(out, "Seed of the random order", "%" PRIu64, settings->seed);
	html_row(out, "Pick", "%s", pick_names[settings->method]);
	html_row(out, "Knee ratio", "%.6g", settings->knee_ratio);
	fputs("</tbody></table></div></div>\n", out);
}

static void ratio_row(FILE *out, const char *name, double limit, const struct ratio_rule *rule)
{
	if (rule->growth)
		html_row(out, name, "at most %.4g, %.4g x the server's own %.4g at c = %u", limit,
			 limit / rule->own, rule->own, rule->own_c);
	else
		html_row(out, name, "at most %.6g", limit);
}

static void gates_table(const struct sweep *sweep, FILE *out)
{
	const struct gates *gates = &sweep->gates;

	html_table(out, "Gates", "");
	html_row(out, "Errors", "at most %.6g%%", 100 * gates->max_errors);
	ratio_row(out, "p99/p50", gates->max_spread, &gates->spread);
	ratio_row(out, "p99.9/p50", gates->max_p999_ratio, &gates->p999);
	html_row(out, "p99/baseline", "at most %.6g, baseline at c = %u", gates->max_tail_mult,
		 sweep->settings->baseline_c);
	if (sweep->paired) {
		html_row(out, "Overhead", "at most %.6g%%", gates->max_overhead_pct);
		html_row(out, "Deficit", "at most %.6g%%", gates->max_rps_deficit_pct);
	}
	fputs("</tbody></table></div>\n", out);
}

static void write_measurement(const struct sweep *sweep, FILE *out)
{
	html_section(out, "How it was measured");
	fputs("<div class=\"columns\">\n", out);
	settings_table(sweep, out);
	fputs("<div class=\"facts\">", out);
	gates_table(sweep, out);
	html_table(out, "Machine", "");
	html_machine_rows(out, &sweep->machine);
	fputs("</tbody></table></div></div>\n</div>\n</section>\n", out);
}

int sweep_write_html(const struct sweep *sweep, FILE *out, struct vastar_error *err)
{
	struct draft draft;

	if (!draft_open(&draft))
		return err_nomem(err, "report");
	write_header(sweep, draft.stream);
	write_banners(sweep, draft.stream);
	write_headline(sweep, draft.stream);
	write_curves(sweep, draft.stream);
	write_levels(sweep, draft.stream);
	write_measurement(sweep, draft.stream);
	html_end(draft.stream);
	return draft_emit(&draft, out, err);
}
