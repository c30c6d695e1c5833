/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Language models: when the tokens of the responses arrived. A shard has this only with `vastar ai-bench`.
 * Times are ns, and run from where the latency of the response begins.
 */
#ifndef VASTAR_STATS_TOKENS_H
#define VASTAR_STATS_TOKENS_H

#include "stats/hist.h"
#include "stats/span.h"

/* Why an answer ended: "stop", "length", "content_filter", "tool_calls", "other". */
enum { TOKEN_FINISHES = 5, TOKEN_SECONDS = 24 * 3600 };

extern const char *const token_finish_names[TOKEN_FINISHES];

struct token_stats {
	struct hist ttft;   /* time to the first token: the first event with content or reasoning */
	struct hist ttfo;   /* time to the first token that is not reasoning, where a response has both */
	struct hist itl;    /* between events with tokens of a response, pooled; 0: they arrived together */
	struct hist tpot;   /* of a response: (last - first token event) / (output tokens - 1) */
	uint64_t together;  /* of the pooled gaps: two events in one receive */
	uint64_t responses; /* complete 2xx responses */
	uint64_t silent;    /* ... without a token */
	uint64_t input, output, cached;	  /* tokens; `cached` is a part of `input` */
	uint64_t with_usage, with_cached; /* responses whose usage says so; others are counted by events */
	uint64_t contradicting; /* responses whose usage counts fewer output tokens than events with tokens */
	uint64_t finishes[TOKEN_FINISHES];
	uint64_t unmarked;		     /* streams without "[DONE]" that had a reason to finish */
	uint64_t good;			     /* met every limit of --goodput */
	struct span input_each, output_each; /* tokens of a response, not times */
	/* Output tokens by the second of the measured part in which their event arrived, as far as events
	 * tell. */
	uint32_t seconds[TOKEN_SECONDS];
};

/* NULL: out of memory. Pages that are never written use no memory. */
struct token_stats *token_stats_new(void);
void token_stats_free(struct token_stats *stats); /* NULL is allowed */

/* Adds `from` to *into. */
void token_stats_merge(struct token_stats *into, const struct token_stats *from);

#endif
