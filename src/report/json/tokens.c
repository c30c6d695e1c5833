/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The JSON report's part about a language model. */
#include "report/tokens.h"
#include "base/clock.h"
#include "report/json/parts.h"

static void put_times(struct tree *tree, json_t *root, const char *key, const struct report *report,
		      const struct hist *hist)
{
	json_t *object;

	if (!hist->count) {
		tree_put(tree, root, key, json_null());
		return;
	}
	object = tree_nest(tree, root, key, json_object());
	tree_put(tree, object, "average_s", tree_real(hist_mean_s(hist)));
	tree_put(tree, object, "stddev_s", tree_real(hist_stddev_s(hist)));
	json_put_percentiles(tree, object, report, hist);
	json_put_buckets(tree, object, hist);
}

static void put_tokens(struct tree *tree, json_t *root, const struct token_stats *tokens,
		       const struct token_figures *figures)
{
	json_t *object = tree_nest(tree, root, "tokens", json_object());

	tree_put(tree, object, "input", tree_integer(tokens->input));
	tree_put(tree, object, "output", tree_integer(tokens->output));
	tree_put(tree, object, "cached", tokens->with_cached ? tree_integer(tokens->cached) : json_null());
	tree_put(tree, object, "source", tree_string(figures->from_usage ? "usage" : "events"));
	tree_put(tree, object, "without_usage", tree_integer(tokens->responses - tokens->with_usage));
	tree_put(tree, object, "contradicting", tree_integer(tokens->contradicting));
	tree_put(tree, object, "output_per_s", tree_real(figures->output_per_s));
	tree_put(tree, object, "output_per_s_peak",
		 figures->output_per_s_peak > 0 ? tree_real(figures->output_per_s_peak) : json_null());
	tree_put(tree, object, "per_user_per_s", tree_real(figures->per_user_per_s));
	tree_put(tree, object, "input_per_s", tree_real(figures->input_per_s));
	tree_put(tree, object, "silent", tree_integer(tokens->silent));
	tree_put(tree, object, "together", tree_integer(tokens->together));
	tree_put(tree, object, "unmarked", tree_integer(tokens->unmarked));
}

static void put_goodput(struct tree *tree, json_t *root, const struct report *report,
			const struct token_figures *figures)
{
	const struct ai_plan *ai = &report->plan->ai;
	json_t *object;

	if (!ai_has_goodput(ai)) {
		tree_put(tree, root, "goodput", json_null());
		return;
	}
	object = tree_nest(tree, root, "goodput", json_object());
	tree_put(tree, object, "rps", tree_real(figures->good_per_s));
	tree_put(tree, object, "share", tree_real(figures->good_share));
	tree_put(tree, object, "ttft_s", tree_seconds_if(ai->good_ttft_ns, ai->good_ttft_ns));
	tree_put(tree, object, "tpot_s", tree_seconds_if(ai->good_tpot_ns, ai->good_tpot_ns));
	tree_put(tree, object, "e2e_s", tree_seconds_if(ai->good_e2e_ns, ai->good_e2e_ns));
}

static void put_cost(struct tree *tree, json_t *root, const struct ai_plan *ai,
		     const struct token_figures *figures)
{
	json_t *object;

	if (!(ai->price_in > 0) && !(ai->price_out > 0)) {
		tree_put(tree, root, "cost", json_null());
		return;
	}
	object = tree_nest(tree, root, "cost", json_object());
	tree_put(tree, object, "total", tree_real(figures->cost));
	tree_put(tree, object, "per_1000_responses", tree_real(figures->cost_per_1000));
	tree_put(tree, object, "per_hour", tree_real(figures->cost_per_hour));
}

static void put_ms(struct tree *tree, json_t *object, const char *figure, const struct hist *hist)
{
	static const struct {
		const char *name;
		double percent;
	} percentiles[] = {{"median", 50}, {"p90", 90}, {"p95", 95}, {"p99", 99}};
	char name[40];

	snprintf(name, sizeof(name), "mean_%s_ms", figure);
	tree_put(tree, object, name, tree_real(1e3 * hist_mean_s(hist)));
	snprintf(name, sizeof(name), "std_%s_ms", figure);
	tree_put(tree, object, name, tree_real(1e3 * hist_stddev_s(hist)));
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(*percentiles); i++) {
		snprintf(name, sizeof(name), "%s_%s_ms", percentiles[i].name, figure);
		tree_put(tree, object, name,
			 tree_real(1e3 * ns_to_s(hist_percentile(hist, percentiles[i].percent))));
	}
}

/* The names that `vllm bench serve` writes and others read. */
static void put_vllm(struct tree *tree, json_t *root, const struct report *report,
		     const struct token_figures *figures)
{
	const struct shard *sum = report->result->sum;
	const struct token_stats *tokens = sum->tokens;
	double seconds = ns_to_s(report->result->facts.total_ns);
	json_t *object = tree_nest(tree, root, "vllm", json_object());

	tree_put(tree, object, "duration", tree_real(seconds));
	tree_put(tree, object, "completed", tree_integer(tokens->responses));
	tree_put(tree, object, "total_input_tokens", tree_integer(tokens->input));
	tree_put(tree, object, "total_output_tokens", tree_integer(tokens->output));
	tree_put(tree, object, "request_throughput",
		 tree_real(seconds > 0 ? (double)tokens->responses / seconds : 0));
	tree_put(tree, object, "request_goodput",
		 ai_has_goodput(&report->plan->ai) ? tree_real(figures->good_per_s) : json_null());
	tree_put(tree, object, "output_throughput", tree_real(figures->output_per_s));
	tree_put(tree, object, "total_token_throughput",
		 tree_real(figures->output_per_s + figures->input_per_s));
	put_ms(tree, object, "ttft", &tokens->ttft);
	put_ms(tree, object, "tpot", &tokens->tpot);
	put_ms(tree, object, "itl", &tokens->itl);
	put_ms(tree, object, "e2el", &sum->latency);
}

void json_put_tokens(struct tree *tree, json_t *root, const struct report *report)
{
	const struct token_stats *tokens = report->result->sum->tokens;
	struct token_figures figures;
	json_t *finishes;

	if (!tokens)
		return;
	figures = token_figures(report);
	put_times(tree, root, "ttft", report, &tokens->ttft);
	put_times(tree, root, "ttfo", report, &tokens->ttfo);
	put_times(tree, root, "itl", report, &tokens->itl);
	put_times(tree, root, "tpot", report, &tokens->tpot);
	put_times(tree, root, "e2e", report, &report->result->sum->latency);
	put_tokens(tree, root, tokens, &figures);
	finishes = tree_nest(tree, root, "finish_reasons", json_object());
	for (unsigned i = 0; i < TOKEN_FINISHES; i++)
		if (tokens->finishes[i])
			tree_put(tree, finishes, token_finish_names[i], tree_integer(tokens->finishes[i]));
	put_goodput(tree, root, report, &figures);
	put_cost(tree, root, &report->plan->ai, &figures);
	put_vllm(tree, root, report, &figures);
}
