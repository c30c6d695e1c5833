/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The comparison as one page: verdicts, the curves of both sides over each other, settings. */
#include <math.h>

#include "base/clock.h"
#include "report/emit.h"
#include "report/html/curve.h"
#include "report/html/markup.h"
#include "report/saved/compare_parts.h"

static const struct hist *latency_of(const struct compared *compared)
{
	return &compared->saved.result->sum->latency;
}

static void write_header(const struct comparison *comparison, FILE *out)
{
	html_begin(out, "Comparison with", comparison->base.file);
	fputs("<p>of ", out);
	html_text(out, comparison->next.file);
	fputs("</p>\n</header>\n", out);
}

static void write_banners(const struct comparison *comparison, FILE *out)
{
	enum gate gate = comparison_gate(comparison);
	struct notes notes = comparison_notes(comparison);

	if (gate != GATE_NONE)
		html_banner(out, gate == GATE_PASSED ? "note" : "alert",
			    "Gate:", comparison_gate_names[gate]);
	if (!comparison_judged(comparison))
		html_banner(out, "alert", "Cannot tell a change from noise.",
			    "Each side needs five runs (--repeats 5).");
	for (unsigned i = 0; i < notes.count; i++)
		html_banner(out, "note", "Note.", notes.texts[i]);
}

static void write_cards(const struct comparison *comparison, FILE *out)
{
	static const int shown[] = {FIGURE_RPS, FIGURE_P50, FIGURE_P99, FIGURE_ERRORS};

	fputs("<dl class=\"cards\">\n", out);
	for (unsigned i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		const struct change *change = &comparison->changes[shown[i]];
		const struct figure *figure = &figures[shown[i]];
		char note[100];

		snprintf(note, sizeof(note), "%s to %s: %s", comparison_value(figure, change->base).s,
			 comparison_value(figure, change->next).s, change_verdict_names[change->verdict]);
		html_card(out, figure->name, comparison_change(figure, change->value).s, note);
	}
	fputs("</dl>\n", out);
}

static void write_table(const struct comparison *comparison, FILE *out)
{
	html_section(out, "Figures");
	html_table(out, "Means over the runs of each side", "Figure|Base|New|Change|99.9% interval|<Verdict");
	for (int i = 0; i < FIGURES; i++) {
		const struct change *change = &comparison->changes[i];
		char interval[80], gate[64];

		comparison_interval(comparison, i, interval, sizeof(interval));
		comparison_gate_text(comparison, i, gate, sizeof(gate));
		fprintf(out, "<tr><th scope=\"row\">%s</th>", figures[i].name);
		html_cell(out, "%s", comparison_value(&figures[i], change->base).s);
		html_cell(out, "%s", comparison_value(&figures[i], change->next).s);
		html_cell(out, "%s", comparison_change(&figures[i], change->value).s);
		html_cell(out, "%s", interval);
		fprintf(out, "<td class=\"text%s\">%s%s</td></tr>\n",
			change->verdict == CHANGE_WORSE	   ? " out"
			: change->verdict == CHANGE_BETTER ? " ok"
							   : "",
			change_verdict_names[change->verdict], gate);
	}
	fputs("</tbody></table></div>\n</section>\n", out);
}

/* ---- curves ---- */

static void legend(FILE *out)
{
	legend_begin(out);
	legend_entry(out, "first", "base");
	legend_entry(out, "second", "new");
	legend_end(out);
}

/* The range of both; false without a response. */
static bool range_of(const struct hist *a, const struct hist *b, double *lowp, double *highp)
{
	*lowp = INFINITY;
	*highp = 0;
	for (int i = 0; i < 2; i++) {
		const struct hist *hist = i ? b : a;

		if (!hist->count)
			continue;
		*lowp = fmin(*lowp, fmax(ns_to_s(hist->min_ns), 1e-9));
		*highp = fmax(*highp, fmax(ns_to_s(hist->max_ns), 1e-9));
	}
	return *highp > 0;
}

static void percentile_hints(struct plot *plot, const struct hist *a, const struct hist *b)
{
	static const double percents[] = {0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.999};
	unsigned count = sizeof(percents) / sizeof(*percents);

	for (unsigned i = 0; i + 1 < count; i++)
		if (100 / (100 - percents[i]) < plot->x.high)
			plot_hint(plot, 100 / (100 - percents[i]),
				  fmin(100 / (100 - percents[i + 1]), plot->x.high), "%s\nbase %s\nnew %s",
				  fmt_percent(percents[i + 1]).s,
				  fmt_time(ns_to_s(hist_percentile(a, percents[i + 1]))).s,
				  fmt_time(ns_to_s(hist_percentile(b, percents[i + 1]))).s);
}

static void percentile_figure(const struct hist *a, const struct hist *b, double low, double high, FILE *out)
{
	double most = fmax((double)a->count, (double)b->count);
	struct plot plot = {
	    .out = out,
	    .x = {.low = 1, .high = fmax(most, 10), .logarithmic = true, .unit = AXIS_PERCENTILE},
	    .y = axis_fitting(low, high, AXIS_LATENCY)};

	figure_begin(out, plot.y.logarithmic ? "Percentiles, both axes logarithmic"
					     : "Percentiles, logarithmic towards 100%");
	legend(out);
	plot_begin(
	    &plot, "Response time by percentile of both sides",
	    "Response time rising with the percentile, for the base and for the new side. The table of "
	    "figures has the numbers.");
	curve_of_percentiles(&plot, "first", a);
	curve_of_percentiles(&plot, "second", b);
	percentile_hints(&plot, a, b);
	plot_end(&plot);
	fputs("</figure>\n", out);
}

static void share_figure(const struct hist *a, const struct hist *b, double low, double high, FILE *out)
{
	struct plot plot = {
	    .out = out,
	    .x = {.low = low / 1.25, .high = high * 1.25, .logarithmic = true, .unit = AXIS_LATENCY},
	    .y = axis_from_zero(fmax(curve_highest_share(a), curve_highest_share(b)), AXIS_NUMBER)};

	figure_begin(out, "Share of responses over response time");
	legend(out);
	plot_begin(
	    &plot, "Histograms of both sides",
	    "The share of the responses in each bin of response time, whose axis is logarithmic, for the "
	    "base and for the new side.");
	curve_of_shares(&plot, "first", a);
	curve_of_shares(&plot, "second", b);
	plot_end(&plot);
	fputs("</figure>\n", out);
}

static void write_curves(const struct comparison *comparison, FILE *out)
{
	const struct hist *a = latency_of(&comparison->base), *b = latency_of(&comparison->next);
	double low, high;

	if (!range_of(a, b, &low, &high))
		return;
	html_section(out, "Response time");
	fputs("<div class=\"columns\">\n", out);
	percentile_figure(a, b, low, high, out);
	share_figure(a, b, low, high, out);
	fputs("</div>\n<p class=\"hush\">All runs of a side together.</p>\n</section>\n", out);
}

/* ---- settings ---- */

static void side_table(const char *title, const struct compared *compared, FILE *out)
{
	const struct vastar_plan *plan = compared->saved.plan;
	const struct run_facts *facts = &compared->saved.result->facts;

	fputs("<div class=\"facts\">", out);
	html_table(out, title, "");
	html_row_text(out, "File", compared->file);
	html_row_command(out, "Command", plan->command);
	html_row(out, "Runs", "%u", compared->runs.count);
	html_row_text(out, "Date", comparison_date(compared).s);
	html_row_text(out, "URL", plan->url);
	html_row_text(out, "Method", plan->method);
	html_row(out, "Connections", "%u", plan->connections);
	html_row_text(out, "Loop", facts->open_loop ? "open" : "closed");
	if (plan->rate > 0)
		html_row(out, "Rate", "%s/s", fmt_rate(plan->rate).s);
	html_row_text(out, "Keep-alive", plan->keepalive ? "yes" : "no");
	html_row(out, "Responses", "%s", fmt_grouped((double)latency_of(compared)->count).s);
	html_machine_rows(out, facts);
	fputs("</tbody></table></div></div>\n", out);
}

int comparison_write_html(const struct comparison *comparison, FILE *out, struct vastar_error *err)
{
	struct draft draft;

	if (!draft_open(&draft))
		return err_nomem(err, "report");
	write_header(comparison, draft.stream);
	write_banners(comparison, draft.stream);
	write_cards(comparison, draft.stream);
	write_table(comparison, draft.stream);
	write_curves(comparison, draft.stream);
	html_section(draft.stream, "How it was measured");
	fputs("<div class=\"columns\">\n", draft.stream);
	side_table("Base", &comparison->base, draft.stream);
	side_table("New", &comparison->next, draft.stream);
	fputs("</div>\n</section>\n", draft.stream);
	html_end(draft.stream);
	return draft_emit(&draft, out, err);
}
