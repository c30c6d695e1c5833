/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Event streams in the words of the reports for people. The result's shard must have events. */
#ifndef VASTAR_REPORT_EVENTS_H
#define VASTAR_REPORT_EVENTS_H

#include <stdio.h>

#include "report/report.h"

struct events_text {
	char s[160];
};

/* "12,000, 1,200/s, 10 a response (8 to 12)", without a newline. */
void events_print_count(FILE *out, const struct result *result);

/* The share of events that arrived together with the previous one, and what that means. */
struct events_text events_together(const struct event_stats *events);

double events_per_second(const struct result *result);

#endif
