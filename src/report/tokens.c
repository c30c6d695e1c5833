/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/tokens.h"

#include "base/clock.h"

static uint64_t busiest_second(const struct token_stats *tokens)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < TOKEN_SECONDS; i++)
		if (tokens->seconds[i] > most)
			most = tokens->seconds[i];
	return most;
}

static double cost_of(const struct ai_plan *ai, const struct token_stats *tokens)
{
	double cached = (double)tokens->cached;
	double price_cached = ai->price_cached > 0 ? ai->price_cached : ai->price_in;

	return (((double)tokens->input - cached) * ai->price_in + cached * price_cached +
		(double)tokens->output * ai->price_out) /
	       1e6;
}

struct token_figures token_figures(const struct report *report)
{
	const struct result *result = report->result;
	const struct token_stats *tokens = result->sum->tokens;
	const struct ai_plan *ai = &report->plan->ai;
	double seconds = ns_to_s(result->facts.total_ns);
	double requests = (double)result_requests(result);
	uint64_t events = tokens->ttft.count + tokens->itl.count;
	struct token_figures figures = {.from_usage = tokens->with_usage == tokens->responses};

	if (!(seconds > 0))
		return figures;
	figures.output_per_s = (double)tokens->output / seconds;
	figures.input_per_s = (double)tokens->input / seconds;
	if (!report->repeats || report->repeats->count < 2)
		figures.output_per_s_peak = (double)busiest_second(tokens);
	if (events && tokens->output > events)
		figures.output_per_s_peak *= (double)tokens->output / (double)events;
	figures.per_user_per_s = figures.output_per_s / report->plan->connections;
	figures.good_per_s = (double)tokens->good / seconds;
	figures.good_share = requests > 0 ? (double)tokens->good / requests : 0;
	figures.cost = cost_of(ai, tokens);
	figures.cost_per_hour = figures.cost / seconds * 3600;
	if (tokens->responses)
		figures.cost_per_1000 = figures.cost / (double)tokens->responses * 1000;
	return figures;
}
