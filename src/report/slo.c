/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/slo.h"

#include <math.h>

#include "base/clock.h"

/* Colours from dark green over yellow to dark red. A limit is `factor` times a percentile. */
static const struct {
	const char *name;
	uint8_t color;
	double percent, factor;
} scale[SLO_LEVELS] = {
    {"elite", 22, 25, 0.5}, {"excellent", 28, 25, 1},	 {"good", 34, 50, 1},
    {"normal", 40, 75, 1},  {"acceptable", 82, 90, 1},	 {"degraded", 154, 95, 1},
    {"slow", 226, 99, 1},   {"very slow", 214, 99, 1.5}, {"critical", 202, 99, 2},
    {"severe", 160, 99, 3}, {"violation", 88, 100, 0},
};

/* The percentiles that a target can set. */
enum { KEYS = 8 };
static const double keys[KEYS] = {25, 50, 75, 90, 95, 99, 99.9, 99.99};

/* An exponentially distributed time at this percentile, in multiples of its mean. A single queue gives
 * this shape, so it is assumed where the user gave no target. */
static double exponential(double percent)
{
	return -log1p(-percent / 100);
}

/* Fills in the missing `values`, which are in the order of `keys`; 0 means that the target was not given. */
static void complete(double values[KEYS])
{
	int first = -1, last = -1;

	for (int i = 0; i < KEYS; i++) {
		if (!(values[i] > 0))
			continue;
		/* Between two targets each step has the same ratio. */
		for (int k = last + 1; last >= 0 && k < i; k++)
			values[k] =
			    values[last] * pow(values[i] / values[last], (double)(k - last) / (i - last));
		if (first < 0)
			first = i;
		last = i;
	}
	for (int i = last + 1; i < KEYS; i++)
		values[i] = values[last] * exponential(keys[i]) / exponential(keys[last]);
	for (int i = first - 1; i > 0; i--)
		values[i] = values[first] * exponential(keys[i]) / exponential(keys[first]);
	if (first > 0)
		values[0] = values[1] / 2;
}

static double value_of(const double values[KEYS], double percent)
{
	for (int i = 0; i < KEYS; i++) {
		if (keys[i] == percent)
			return values[i];
	}
	return 0;
}

void slo_levels(struct slo *slo, const struct result *result, const struct slo_targets *targets)
{
	double values[KEYS] = {0};

	slo->absolute = targets->count > 0;
	if (slo->absolute) {
		for (unsigned t = 0; t < targets->count; t++) {
			for (int i = 0; i < KEYS; i++) {
				if (keys[i] == targets->targets[t].percent)
					values[i] = (double)targets->targets[t].limit_ns;
			}
		}
		complete(values);
	} else {
		for (int i = 0; i < KEYS; i++)
			values[i] = (double)hist_percentile(&result->sum->latency, keys[i]);
	}
	for (unsigned i = 0; i < SLO_LEVELS; i++) {
		double limit = value_of(values, scale[i].percent) * scale[i].factor;

		slo->levels[i].name = scale[i].name;
		slo->levels[i].color = scale[i].color;
		slo->levels[i].limit_ns = i + 1 < SLO_LEVELS ? (uint64_t)llround(limit) : UINT64_MAX;
	}
}

const struct slo_level *slo_level_of(const struct slo *slo, uint64_t ns)
{
	unsigned i = 0;

	while (i + 1 < SLO_LEVELS && ns > slo->levels[i].limit_ns)
		i++;
	return &slo->levels[i];
}

bool slo_target_met(const struct slo_target *target, const struct result *result)
{
	/* Without any request, nothing was shown to be met. */
	return result_requests(result) > 0 &&
	       result_percentile_of_all(result, target->percent) <= target->limit_ns;
}

static struct slo_verdict verdict_of_percentile(const struct slo_target *target, const struct result *result)
{
	uint64_t ns = result_percentile_of_all(result, target->percent);
	bool asked = result_requests(result) > 0, answered = asked && ns != UINT64_MAX;

	return (struct slo_verdict){.metric = target->name,
				    .comparison = "<=",
				    .unit = SLO_SECONDS,
				    .limit = ns_to_s(target->limit_ns),
				    .measured = answered ? ns_to_s(ns) : NAN,
				    .missing = answered ? NULL
					       : asked	? "that request failed"
							: "no request",
				    .met = slo_target_met(target, result)};
}

static double measured_rate(const struct result *result, enum slo_rate_kind kind)
{
	if (kind == SLO_ERRORS)
		return result_failed_share(result);
	if (!result_requests(result))
		return NAN;
	return kind == SLO_RPS ? result_rps(result) : result_goodput_rps(result);
}

/* A comparison with NAN is false: a target without a measurement is not met. */
static struct slo_verdict verdict_of_rate(const struct slo_rate *rate, enum slo_rate_kind kind,
					  const struct result *result)
{
	bool most = kind == SLO_ERRORS;
	double measured = measured_rate(result, kind);
	bool inside = most ? measured < rate->limit : measured > rate->limit;

	return (struct slo_verdict){.metric = slo_rate_names[kind],
				    .comparison =
					most ? (rate->strict ? "<" : "<=") : (rate->strict ? ">" : ">="),
				    .unit = most ? SLO_SHARE : SLO_PER_SECOND,
				    .limit = rate->limit,
				    .measured = measured,
				    .missing = isnan(measured) ? "no request" : NULL,
				    .met = inside || (!rate->strict && measured == rate->limit)};
}

unsigned slo_verdicts(const struct slo_targets *targets, const struct result *result,
		      struct slo_verdict verdicts[SLO_VERDICTS_MAX])
{
	unsigned count = 0;

	for (unsigned i = 0; i < targets->count; i++)
		verdicts[count++] = verdict_of_percentile(&targets->targets[i], result);
	for (enum slo_rate_kind kind = 0; kind < SLO_RATES; kind++)
		if (targets->rates[kind].set)
			verdicts[count++] = verdict_of_rate(&targets->rates[kind], kind, result);
	return count;
}

struct text slo_limit_text(const struct slo_verdict *verdict)
{
	struct text text;

	if (verdict->unit == SLO_SECONDS)
		return fmt_duration((uint64_t)llround(verdict->limit * 1e9));
	if (verdict->unit == SLO_SHARE)
		snprintf(text.s, sizeof(text.s), "%.10g%%", 100 * verdict->limit);
	else
		snprintf(text.s, sizeof(text.s), "%.15g/s", verdict->limit);
	return text;
}

struct text slo_measured_text(const struct slo_verdict *verdict)
{
	struct text text;

	if (verdict->missing)
		snprintf(text.s, sizeof(text.s), "%s", verdict->missing);
	else if (verdict->unit == SLO_SECONDS)
		return fmt_short(verdict->measured);
	else if (verdict->unit == SLO_SHARE)
		snprintf(text.s, sizeof(text.s), "%.4g%%", 100 * verdict->measured);
	else
		snprintf(text.s, sizeof(text.s), "%.2f/s", verdict->measured);
	return text;
}

bool slo_all_met(const struct slo_targets *targets, const struct result *result)
{
	struct slo_verdict verdicts[SLO_VERDICTS_MAX];
	unsigned count = slo_verdicts(targets, result, verdicts);

	for (unsigned i = 0; i < count; i++) {
		if (!verdicts[i].met)
			return false;
	}
	return true;
}

struct text slo_level_limit(const struct slo *slo, unsigned level)
{
	bool last = level + 1 == SLO_LEVELS;
	double s = ns_to_s(slo->levels[last ? level - 1 : level].limit_ns);
	struct text text;

	snprintf(text.s, sizeof(text.s), "%s%.28s", last ? ">" : "<=", fmt_limit(s).s);
	return text;
}
