/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/html/over_time.h"

#include <inttypes.h>

#include "base/clock.h"
#include "report/format.h"

double html_start_s(const struct interval *interval)
{
	return ns_to_s(interval->start_ns);
}

double html_end_s(const struct interval *interval)
{
	return ns_to_s(interval->start_ns + interval->length_ns);
}

double html_per_second(const struct interval *interval, uint64_t count)
{
	return interval->length_ns ? (double)count / ns_to_s(interval->length_ns) : 0;
}

/* The plots leave out a last interval shorter than a quarter of the one before. It rests on so few
 * responses that its figures would look like an event. The table shows it. */
uint32_t html_time_drawn(const struct result *result)
{
	uint32_t count = result->interval_count;
	const struct interval *last = &result->intervals[count - 1];

	return count > 1 && last->length_ns < last[-1].length_ns / 4 ? count - 1 : count;
}

struct axis html_time_axis(const struct result *result)
{
	return (struct axis){.low = html_start_s(result->intervals),
			     .high = html_end_s(&result->intervals[html_time_drawn(result) - 1]),
			     .unit = AXIS_LATENCY};
}

void html_time_hints(struct plot *plot, const struct result *result)
{
	for (uint32_t i = 0; i < html_time_drawn(result); i++) {
		const struct interval *interval = &result->intervals[i];

		plot_hint(plot, html_start_s(interval), html_end_s(interval),
			  "%.4g to %.4g s\n%s/s, %" PRIu64 " errors\np50 %s, p99 %s\nslowest %s",
			  html_start_s(interval), html_end_s(interval),
			  fmt_grouped(html_per_second(interval, interval->responses)).s, interval->errors,
			  fmt_time(ns_to_s(interval->p50_ns)).s, fmt_time(ns_to_s(interval->p99_ns)).s,
			  fmt_time(ns_to_s(interval->max_ns)).s);
	}
}
