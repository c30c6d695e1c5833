/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/events.h"

#include <inttypes.h>

#include "base/clock.h"
#include "report/format.h"

double events_per_second(const struct result *result)
{
	uint64_t total_ns = result->facts.total_ns;

	return total_ns ? (double)result->sum->events->events / ns_to_s(total_ns) : 0;
}

void events_print_count(FILE *out, const struct result *result)
{
	const struct event_stats *events = result->sum->events;
	const struct span *each = &events->per_response;

	fprintf(out, "%s", fmt_grouped((double)events->events).s);
	fprintf(out, ", %s/s", fmt_grouped(events_per_second(result)).s);
	if (!each->count)
		return;
	fprintf(out, ", %.4g a response", (double)each->sum_ns / (double)each->count);
	if (each->min_ns < each->max_ns)
		fprintf(out, " (%" PRIu64 " to %" PRIu64 ")", each->min_ns, each->max_ns);
}

struct events_text events_together(const struct event_stats *events)
{
	struct events_text text;

	snprintf(text.s, sizeof(text.s),
		 "%.3g%% of events arrived with the one before: a gap of 0 there is the network's, not the "
		 "server's",
		 100 * (double)events->together / (double)events->events);
	return text;
}
