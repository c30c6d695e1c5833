/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The comparison as Markdown, for a job summary. */
#include "report/emit.h"
#include "report/markdown_text.h"
#include "report/saved/compare_parts.h"

static void put_side(const char *side, const struct compared *compared, FILE *out)
{
	fprintf(out, "- %s: ", side);
	markdown_text(out, compared->file);
	fprintf(out, ", %u run%s, %s, ", compared->runs.count, compared->runs.count == 1 ? "" : "s",
		comparison_date(compared).s);
	markdown_text(out, compared->saved.plan->url);
	fputc('\n', out);
}

static void put_figures(const struct comparison *comparison, FILE *out)
{
	fputs("\n| | Base | New | Change | 99.9 % interval | Verdict |\n|---|---:|---:|---:|---:|---|\n",
	      out);
	for (int i = 0; i < FIGURES; i++) {
		const struct change *change = &comparison->changes[i];
		bool bold = comparison_failed(comparison, i);
		char interval[80], gate[64];

		comparison_interval(comparison, i, interval, sizeof(interval));
		comparison_gate_text(comparison, i, gate, sizeof(gate));
		fprintf(out, "| %s | %s ", figures[i].name, comparison_value(&figures[i], change->base).s);
		fprintf(out, "| %s ", comparison_value(&figures[i], change->next).s);
		fprintf(out, "| %s | %s | %s%s%s%s |\n", comparison_change(&figures[i], change->value).s,
			interval, bold ? "**" : "", change_verdict_names[change->verdict], gate,
			bold ? "**" : "");
	}
	fputc('\n', out);
}

int comparison_write_markdown(const struct comparison *comparison, FILE *out, struct vastar_error *err)
{
	struct notes notes = comparison_notes(comparison);
	struct draft draft;

	if (!draft_open(&draft))
		return err_nomem(err, "report");
	fputs("### vastar compare", draft.stream);
	if (comparison_gate(comparison) != GATE_NONE)
		fprintf(draft.stream, ": gate %s", comparison_gate_names[comparison_gate(comparison)]);
	fputs("\n\n", draft.stream);
	put_side("base", &comparison->base, draft.stream);
	put_side("new", &comparison->next, draft.stream);
	put_figures(comparison, draft.stream);
	for (unsigned i = 0; i < notes.count; i++) {
		fputs("- ", draft.stream);
		markdown_text(draft.stream, notes.texts[i]);
		fputc('\n', draft.stream);
	}
	if (!comparison_judged(comparison))
		fprintf(draft.stream, "- Cannot tell a change from noise: each side needs %d runs\n",
			CHANGE_RUNS_LEAST);
	return draft_emit(&draft, out, err);
}
