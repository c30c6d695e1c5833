/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "sweep/rules.h"

#include <stddef.h>

/* A median above this multiple of the baseline's contains waiting. */
#define QUEUED 1.5

static double spread_of(const struct side *side)
{
	return side->weak_p99 ? 0 : side->median.p99_s / side->median.p50_s;
}

static double p999_ratio_of(const struct side *side)
{
	return side->weak_p999 ? 0 : side->median.p999_s / side->median.p50_s;
}

static const struct side *find_baseline(const struct point *points, unsigned count, uint32_t baseline_c)
{
	for (unsigned i = 0; i < count; i++)
		if (points[i].concurrency == baseline_c && points[i].target.median.p50_s > 0)
			return &points[i].target;
	return NULL;
}

static void fit(struct ratio_rule *rule, double *limit, const struct point *points, unsigned count,
		uint32_t baseline_c, double (*ratio_of)(const struct side *side))
{
	const struct side *baseline = find_baseline(points, count, baseline_c);

	rule->growth = rule->above = false;
	rule->own = 0;
	rule->own_c = 0;
	for (unsigned i = 0; baseline && i < count && !rule->own_c; i++) {
		const struct side *side = &points[i].target;

		if (points[i].concurrency < baseline_c || side->median.p50_s <= 0 ||
		    side->median.p50_s > QUEUED * baseline->median.p50_s || ratio_of(side) <= 0)
			continue;
		rule->own = ratio_of(side);
		rule->own_c = points[i].concurrency;
	}
	rule->above = rule->own > *limit;
	if (!rule->above || rule->by_hand)
		return;
	rule->growth = true;
	*limit = RULES_GROWTH * rule->own;
}

void rules_fit(struct gates *gates, const struct point *points, unsigned count, uint32_t baseline_c)
{
	fit(&gates->spread, &gates->max_spread, points, count, baseline_c, spread_of);
	fit(&gates->p999, &gates->max_p999_ratio, points, count, baseline_c, p999_ratio_of);
}
