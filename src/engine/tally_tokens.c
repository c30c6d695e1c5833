/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/tally_tokens.h"

_Static_assert((int)FINISHES == (int)TOKEN_FINISHES, "each reason to finish is counted");

static struct token_stats *stats_of(const struct tally *t, const struct exchange *x)
{
	return exchange_shard(t, x)->tokens;
}

void tally_token(struct tally *t, const struct exchange *x, uint64_t before_ns, uint64_t second,
		 uint64_t now_ns)
{
	struct token_stats *stats = stats_of(t, x);

	if (before_ns) {
		hist_record(&stats->itl, now_ns - before_ns);
		stats->together += now_ns == before_ns;
	} else {
		hist_record(&stats->ttft, now_ns - exchange_from_ns(t, x));
	}
	if (second < TOKEN_SECONDS)
		stats->seconds[second]++;
}

void tally_first_answer(struct tally *t, const struct exchange *x, uint64_t now_ns)
{
	hist_record(&stats_of(t, x)->ttfo, now_ns - exchange_from_ns(t, x));
}

/* Within a limit; 0: there is none. */
static bool within(uint64_t ns, uint64_t limit_ns)
{
	return !limit_ns || ns <= limit_ns;
}

static uint64_t output_of(const struct answer_end *end)
{
	return end->usage.output >= 0 ? (uint64_t)end->usage.output : end->token_events;
}

/* 0: it has fewer than two tokens, or they came at once. */
static uint64_t tpot_of(const struct answer_end *end)
{
	uint64_t output = output_of(end);

	return output > 1 ? (end->last_ns - end->first_ns) / (output - 1) : 0;
}

static void count_usage(struct token_stats *stats, const struct answer_end *end)
{
	const struct token_usage *usage = &end->usage;

	if (usage->input >= 0) {
		stats->input += (uint64_t)usage->input;
		span_record(&stats->input_each, (uint64_t)usage->input);
	}
	stats->with_usage += usage->output >= 0;
	stats->contradicting += usage->output >= 0 && (uint64_t)usage->output < end->token_events;
	if (usage->cached >= 0) {
		stats->cached += (uint64_t)usage->cached;
		stats->with_cached++;
	}
}

void tally_answer(struct tally *t, const struct exchange *x, const struct answer_end *end, uint64_t now_ns)
{
	const struct ai_plan *ai = &t->plan->ai;
	struct token_stats *stats = stats_of(t, x);
	uint64_t from_ns = exchange_from_ns(t, x), output = output_of(end), tpot_ns = tpot_of(end);

	stats->responses++;
	stats->output += output;
	span_record(&stats->output_each, output);
	count_usage(stats, end);
	if (end->finished) {
		stats->finishes[end->finish]++;
		stats->unmarked += ai->stream && !end->marked;
	}
	if (ai->stream && !end->token_events)
		stats->silent++;
	if (end->token_events && output > 1)
		hist_record(&stats->tpot, tpot_ns);
	stats->good +=
	    within(now_ns - from_ns, ai->good_e2e_ns) && within(tpot_ns, ai->good_tpot_ns) &&
	    (!ai->good_ttft_ns || (end->token_events && end->first_ns - from_ns <= ai->good_ttft_ns));
}
