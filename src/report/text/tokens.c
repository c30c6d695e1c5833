/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The section on a language model. */
#include <inttypes.h>

#include "base/clock.h"
#include "report/text/sections.h"
#include "report/tokens.h"

static void print_times(struct page *page, const char *name, const struct hist *hist, const char *formula)
{
	if (!hist->count)
		return;
	fprintf(page->out, "  %-9s ", name);
	page_in_a_line(page, hist);
	fprintf(page->out, "            %s\n", formula);
}

static void print_tokens(struct page *page, const struct token_stats *tokens,
			 const struct token_figures *figures)
{
	fprintf(page->out, "  %-9s %s in", "tokens:", fmt_grouped((double)tokens->input).s);
	if (tokens->with_cached)
		fprintf(page->out, " (%s from a cache)", fmt_grouped((double)tokens->cached).s);
	fprintf(page->out, ", %s out", fmt_grouped((double)tokens->output).s);
	if (figures->from_usage)
		fputs(", as the server counts them", page->out);
	else
		fprintf(page->out,
			"; %" PRIu64 " of %" PRIu64 " responses without usage: events were counted",
			tokens->responses - tokens->with_usage, tokens->responses);
	fprintf(page->out, "\n  %-9s %s out, ", "tokens/s:", fmt_grouped(figures->output_per_s).s);
	if (figures->output_per_s_peak > 0)
		fprintf(page->out, "at most %s in a second, ", fmt_grouped(figures->output_per_s_peak).s);
	fprintf(page->out, "%s for each connection; %s in\n", fmt_grouped(figures->per_user_per_s).s,
		fmt_grouped(figures->input_per_s).s);
	if (tokens->contradicting)
		fprintf(page->out,
			"            %" PRIu64 " responses count fewer tokens than they had events\n",
			tokens->contradicting);
}

static void print_finishes(struct page *page, const struct token_stats *tokens)
{
	const char *comma = "";

	fprintf(page->out, "  %-9s ", "finish:");
	for (unsigned i = 0; i < TOKEN_FINISHES; i++) {
		if (!tokens->finishes[i])
			continue;
		fprintf(page->out, "%s%s %" PRIu64, comma, token_finish_names[i], tokens->finishes[i]);
		comma = ", ";
	}
	if (!*comma)
		fputs("no response says why it ended", page->out);
	if (tokens->silent)
		fprintf(page->out, "; %" PRIu64 " without a token", tokens->silent);
	if (tokens->unmarked)
		fprintf(page->out, "; %" PRIu64 " without [DONE]", tokens->unmarked);
	fputc('\n', page->out);
}

static void print_limit(struct page *page, const char *name, uint64_t limit_ns, const char **separatorp)
{
	if (!limit_ns)
		return;
	fprintf(page->out, "%s%s <= %s", *separatorp, name, fmt_short(ns_to_s(limit_ns)).s);
	*separatorp = ", ";
}

static void print_goodput(struct page *page, const struct token_figures *figures)
{
	const struct ai_plan *ai = &page->report->plan->ai;
	const char *separator = "";

	fprintf(page->out,
		"  %-9s %s requests/s, %.4g %% of all: ", "goodput:", fmt_grouped(figures->good_per_s).s,
		100 * figures->good_share);
	print_limit(page, "TTFT", ai->good_ttft_ns, &separator);
	print_limit(page, "TPOT", ai->good_tpot_ns, &separator);
	print_limit(page, "E2E", ai->good_e2e_ns, &separator);
	fputc('\n', page->out);
}

void page_tokens(struct page *page)
{
	const struct token_stats *tokens = page->sum->tokens;
	const struct ai_plan *ai = &page->report->plan->ai;
	struct token_figures figures;
	bool open_loop = page->result->facts.open_loop;

	if (!tokens || !tokens->responses)
		return;
	figures = token_figures(page->report);
	fputs("\nLanguage model:\n", page->out);
	print_times(page, "TTFT:", &tokens->ttft,
		    open_loop ? "from the schedule to the first event with a token"
			      : "from the send to the first event with a token");
	print_times(page, "TTFO:", &tokens->ttfo, "the same to the first token that is not reasoning");
	print_times(page, "ITL:", &tokens->itl, "between events with tokens, all responses together");
	if (tokens->together)
		fprintf(page->out, "            %.3g %% arrived with the one before, which counts as 0\n",
			100 * (double)tokens->together / (double)tokens->itl.count);
	print_times(page, "TPOT:", &tokens->tpot,
		    "of a response: (last - first event) / (output tokens - 1)");
	print_tokens(page, tokens, &figures);
	print_finishes(page, tokens);
	if (ai_has_goodput(ai))
		print_goodput(page, &figures);
	if (ai->price_in > 0 || ai->price_out > 0)
		fprintf(page->out, "  %-9s %.4g, %.4g for 1,000 responses, %.4g an hour at this rate\n",
			"cost:", figures.cost, figures.cost_per_1000, figures.cost_per_hour);
}
