/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/insight.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"

const char *const severity_names[SEVERITIES] = {
    [SEVERITY_OK] = "ok",
    [SEVERITY_NOTICE] = "notice",
    [SEVERITY_WARNING] = "warning",
    [SEVERITY_CRITICAL] = "critical",
};

enum metric { LATENCY_SPREAD, TAIL_RATIO, OUTLIER_RATIO, QUEUE_RATIO, ERROR_RATE, CLIENT_BUSY };

/*
 * Up to and including limits[i] the severity is i; above the last limit it is critical. The limits use two
 * reference distributions. Times spread evenly between zero and a maximum are about the worst of a server
 * without a queue (p99/p50 = 1.98, p95/p50 = 1.90). Exponential times are what one queue before one server
 * gives at any load (p99/p50 = 6.6, p95/p50 = 4.3, p99/p95 = 1.54, p99.9/p99 = 1.50).
 */
static const struct rule {
	const char *metric, *title;
	enum insight_unit unit;
	double upper, lower; /* percentiles of a ratio */
	double limits[SEVERITIES - 1];
	const char *texts[SEVERITIES];
} rules[] = {
    /* 2: even spread. 4: the default limit of a sweep. 7: beyond a single queue. */
    [LATENCY_SPREAD] = {"latency_spread",
			"Latency spread p99/p50",
			INSIGHT_RATIO,
			99,
			50,
			{2, 4, 7},
			{"good consistency", "moderate spread", "wide spread",
			 "extreme spread, mixed causes"}},
    /* 1.6: a queue's own tail. 3 and 6: two and four times that, so a second cause adds to the queue. */
    [TAIL_RATIO] = {"tail_ratio",
		    "Tail ratio p99/p95",
		    INSIGHT_RATIO,
		    99,
		    95,
		    {1.6, 3, 6},
		    {"clean tail", "moderate tail", "heavy tail", "very heavy tail: pauses, locks?"}},
    /* 2: above the 1.5 of a queue, since p99.9 rests on few responses and varies. 4, 10: pauses, not
     * queueing. */
    [OUTLIER_RATIO] = {"outlier_ratio",
		       "Outlier ratio p99.9/p99",
		       INSIGHT_RATIO,
		       99.9,
		       99,
		       {2, 4, 10},
		       {"no significant outliers", "some outliers", "strong outliers",
			"extreme outliers: pauses?"}},
    /* 2: even spread. 3: between. 4.5: a saturated queue. */
    [QUEUE_RATIO] = {"queue_ratio",
		     "Queue ratio p95/p50",
		     INSIGHT_RATIO,
		     95,
		     50,
		     {2, 3, 4.5},
		     {"little queueing", "some queueing", "queueing", "heavy queueing"}},
    /* 0: any error is worth mentioning. 0.1 %: three nines. 1 %: the default limit of a sweep. */
    [ERROR_RATE] = {"error_rate",
		    "Error rate",
		    INSIGHT_SHARE,
		    0,
		    0,
		    {0, 0.001, 0.01},
		    {"no errors", "a few errors", "errors, not part of the latencies",
		     "too many to trust the rest"}},
    /* 80 %: the limit of the verdict. From 60 % on, bursts already find the worker busy. Warning is
     * unused. */
    [CLIENT_BUSY] = {"client_busy",
		     "Client CPU",
		     INSIGHT_SHARE,
		     0,
		     0,
		     {0.60, 0.80, 0.80},
		     {"vastar was not the limit", "vastar has little room left", "",
		      "vastar may be the limit: add workers"}},
};

static enum severity severity_of(const struct rule *rule, double value)
{
	unsigned i = 0;

	while (i < SEVERITIES - 1 && value > rule->limits[i])
		i++;
	return (enum severity)i;
}

static void say(struct insight *insight, const char *text)
{
	snprintf(insight->text, sizeof(insight->text), "%s", text);
}

static void add(struct insight *insight, enum metric metric, double value)
{
	const struct rule *rule = &rules[metric];

	insight->metric = rule->metric;
	insight->title = rule->title;
	insight->unit = rule->unit;
	insight->value = value;
	insight->severity = severity_of(rule, value);
	say(insight, rule->texts[insight->severity]);
	insight->weak = false;
}

static bool add_ratio(struct insight *insight, enum metric metric, const struct result *result)
{
	const struct rule *rule = &rules[metric];
	uint64_t upper = hist_percentile(&result->sum->latency, rule->upper);
	uint64_t lower = hist_percentile(&result->sum->latency, rule->lower);

	if (!lower)
		return false;
	add(insight, metric, (double)upper / (double)lower);
	insight->weak = result_percentile_weak(result, rule->upper);
	return true;
}

/* The share of requests that got neither a 2xx nor a 3xx: a fast 5xx must not look like success. */
static double error_rate(const struct result *result)
{
	return (double)(result_requests(result) - result_fine(result)) / (double)result_requests(result);
}

/* A processor that was taken away is not idle, even if vastar used little of it. */
static void say_held(struct insight *insight, const struct result *result)
{
	static const char *const texts[] = {
	    [HELD_THROTTLED] = "its control group held vastar back",
	    [HELD_STOLEN] = "the hypervisor held vastar back",
	    [HELD_RUN_DELAY] = "vastar had to wait for a processor",
	};
	const struct held *held = &result->facts.held;
	enum held_by by = held_by(held, true);

	if (by == HELD_NOT && insight->severity == SEVERITY_OK && result->verdict == VERDICT_CLIENT_LIMITED)
		say(insight, "vastar sent late: see the verdict");
	else if (by == HELD_RUN_DELAY && insight->severity == SEVERITY_CRITICAL)
		return; /* also busy, and that can be fixed here */
	else if (by == HELD_RUN_DELAY && result->verdict != VERDICT_CLIENT_LIMITED)
		say(insight, "vastar shared its processors and waited");
	else if (by != HELD_NOT)
		say(insight, texts[by]);
	else
		return;
	if (result->verdict == VERDICT_CLIENT_LIMITED)
		insight->severity = by == HELD_NOT ? SEVERITY_WARNING : SEVERITY_CRITICAL;
	else if (insight->severity == SEVERITY_OK)
		insight->severity = SEVERITY_NOTICE;
}

/* In place of the ratios. */
static void add_sample(struct insight *insight, const struct result *result)
{
	*insight = (struct insight){.metric = "sample",
				    .title = "Responses",
				    .unit = INSIGHT_COUNT,
				    .value = (double)result->sum->latency.count,
				    .severity = SEVERITY_NOTICE};
	snprintf(insight->text, sizeof(insight->text), "in %s: too short to judge latencies%s",
		 fmt_short(ns_to_s(result->facts.total_ns)).s, result_too_short(result) ? " or vastar" : "");
}

static void add_client(struct insight *insight, const struct result *result)
{
	add(insight, CLIENT_BUSY, result_busy(result));
	if (insight->severity == SEVERITY_CRITICAL && !result_workers_help(result))
		say(insight, "vastar may be the limit: no CPU left");
	say_held(insight, result);
}

unsigned insights_of(const struct result *result, struct insight insights[INSIGHTS_MAX])
{
	unsigned count = 0;

	if (result->sum->latency.count && result_too_small(result))
		add_sample(&insights[count++], result);
	else
		for (enum metric metric = LATENCY_SPREAD; metric <= QUEUE_RATIO; metric++)
			count += add_ratio(&insights[count], metric, result);
	if (result_requests(result))
		add(&insights[count++], ERROR_RATE, error_rate(result));
	if (result->facts.workers && !result_too_short(result))
		add_client(&insights[count++], result);
	return count;
}

/* ---- what to do next ---- */

static double ratio_of(const struct result *result, double upper, double lower)
{
	uint64_t low = hist_percentile(&result->sum->latency, lower);

	return low ? (double)hist_percentile(&result->sum->latency, upper) / (double)low : 1;
}

static bool beyond(enum metric metric, enum severity severity, double value)
{
	return severity_of(&rules[metric], value) >= severity;
}

/* What limits the meaning of the figures comes first, then what the figures mean. */
struct insight_text insight_next(const struct result *result)
{
	struct insight_text text = {""};
	double spread, outliers;

	if (!result->sum->latency.count)
		return text;
	spread = ratio_of(result, 99, 50);
	outliers = ratio_of(result, 99.9, 99);
	if (beyond(ERROR_RATE, SEVERITY_CRITICAL, error_rate(result)))
		snprintf(text.s, sizeof(text.s), "look into the errors first, %.3g %% of the requests failed",
			 100 * error_rate(result));
	else if (result_too_small(result))
		snprintf(text.s, sizeof(text.s),
			 "run longer: %" PRIu64 " responses in %s say little (-z 10s)",
			 result->sum->latency.count, fmt_short(ns_to_s(result->facts.total_ns)).s);
	else if (result->verdict == VERDICT_CLIENT_LIMITED)
		snprintf(text.s, sizeof(text.s), "make room for vastar first, the verdict says how");
	else if (result->verdict == VERDICT_RATE_MISSED)
		snprintf(text.s, sizeof(text.s), "lower --rate, or raise -c if the server can take more");
	else if (beyond(LATENCY_SPREAD, SEVERITY_WARNING, spread))
		snprintf(text.s, sizeof(text.s),
			 "p99 is %.2g x p50: try vastar sweep for the load that the server takes", spread);
	else if (!result_percentile_weak(result, 99.9) && beyond(OUTLIER_RATIO, SEVERITY_WARNING, outliers))
		snprintf(text.s, sizeof(text.s), "p99.9 is %.2g x p99: look for pauses in the server",
			 outliers);
	else if (result->facts.open_loop)
		snprintf(text.s, sizeof(text.s), "the server kept up with this rate: try a higher one");
	else
		snprintf(text.s, sizeof(text.s), "try vastar sweep to find the best number of connections");
	return text;
}

struct text insight_value(const struct insight *insight)
{
	bool ratio = insight->unit == INSIGHT_RATIO;
	struct text text;

	if (insight->unit == INSIGHT_COUNT)
		snprintf(text.s, sizeof(text.s), "%.0f", insight->value);
	else
		snprintf(text.s, sizeof(text.s), "%.*f%s", ratio || insight->value >= 0.1 ? 1 : 2,
			 ratio ? insight->value : 100 * insight->value, ratio ? "x" : "%");
	return text;
}
