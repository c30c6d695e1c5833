/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/calls.h"

#include <string.h>

#include "base/clock.h"

const struct hist *calls_fine_latency(const struct result *result, struct hist *scratch)
{
	const struct shard *sum = result->sum;
	uint64_t failed = sum->calls.failed_latency.count;

	if (!failed || failed == sum->latency.count)
		return NULL;
	memcpy(scratch, &sum->latency, sizeof(*scratch));
	hist_subtract(scratch, &sum->calls.failed_latency);
	return scratch;
}

double calls_messages_per_s(const struct result *result)
{
	const struct calls *calls = &result->sum->calls;
	double total_s = ns_to_s(result->facts.total_ns);

	return total_s > 0 ? (double)(calls->sent + calls->received) / total_s : 0;
}
