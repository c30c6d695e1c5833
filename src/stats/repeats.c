/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/repeats.h"

#include <math.h>
#include <stdlib.h>

static double percentile_s(const struct result *result, double percent)
{
	uint64_t ns = result_percentile_of_all(result, percent);

	return ns == UINT64_MAX || !result->sum->responses ? NAN : (double)ns * 1e-9;
}

struct repeat repeat_of(const struct result *result)
{
	const struct run_facts *facts = &result->facts;
	uint64_t requests = result_requests(result);
	struct repeat repeat = {
	    .rps = facts->total_ns ? result_rps(result) : NAN,
	    .goodput_rps = facts->total_ns ? result_goodput_rps(result) : NAN,
	    .p50_s = percentile_s(result, 50),
	    .p90_s = percentile_s(result, 90),
	    .p99_s = percentile_s(result, 99),
	    .p999_s = percentile_s(result, 99.9),
	    .error_rate = requests ? (double)(requests - result->sum->good) / (double)requests : NAN,
	};

	for (uint32_t i = 0; facts->cpu_busy && i < facts->workers; i++)
		repeat.cpu += facts->cpu_busy[i];
	return repeat;
}

bool repeats_add(struct repeats *repeats, const struct repeat *repeat)
{
	struct repeat *grown = realloc(repeats->items, (repeats->count + 1) * sizeof(*grown));

	if (!grown)
		return false;
	repeats->items = grown;
	repeats->items[repeats->count++] = *repeat;
	return true;
}

void repeats_free(struct repeats *repeats)
{
	free(repeats->items);
	*repeats = (struct repeats){0};
}
