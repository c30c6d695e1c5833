/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/tokens.h"

#include "base/pages.h"

const char *const token_finish_names[TOKEN_FINISHES] = {"stop", "length", "content_filter", "tool_calls",
							"other"};

struct token_stats *token_stats_new(void)
{
	struct token_stats *stats = pages_new(sizeof(*stats));

	if (!stats)
		return NULL;
	hist_init(&stats->ttft);
	hist_init(&stats->ttfo);
	hist_init(&stats->itl);
	hist_init(&stats->tpot);
	span_init(&stats->input_each);
	span_init(&stats->output_each);
	return stats;
}

void token_stats_free(struct token_stats *stats)
{
	if (stats)
		pages_free(stats, sizeof(*stats));
}

void token_stats_merge(struct token_stats *into, const struct token_stats *from)
{
	hist_merge(&into->ttft, &from->ttft);
	hist_merge(&into->ttfo, &from->ttfo);
	hist_merge(&into->itl, &from->itl);
	hist_merge(&into->tpot, &from->tpot);
	into->together += from->together;
	into->responses += from->responses;
	into->silent += from->silent;
	into->input += from->input;
	into->output += from->output;
	into->cached += from->cached;
	into->with_usage += from->with_usage;
	into->with_cached += from->with_cached;
	into->contradicting += from->contradicting;
	for (unsigned i = 0; i < TOKEN_FINISHES; i++)
		into->finishes[i] += from->finishes[i];
	into->unmarked += from->unmarked;
	into->good += from->good;
	span_merge(&into->input_each, &from->input_each);
	span_merge(&into->output_each, &from->output_each);
	for (unsigned i = 0; i < TOKEN_SECONDS; i++)
		if (from->seconds[i])
			into->seconds[i] += from->seconds[i];
}
