/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Shared by the plots of a run over time. Needs a result with at least one interval. */
#ifndef VASTAR_REPORT_HTML_OVER_TIME_H
#define VASTAR_REPORT_HTML_OVER_TIME_H

#include "report/html/plot.h"
#include "stats/result.h"

double html_start_s(const struct interval *interval);
double html_end_s(const struct interval *interval);
/* `count` for each second of the interval. */
double html_per_second(const struct interval *interval, uint64_t count);

/* How many intervals the plots show: a very short last one is left out. */
uint32_t html_time_drawn(const struct result *result);
struct axis html_time_axis(const struct result *result);
/* The numbers of an interval, shown when the pointer is over it. */
void html_time_hints(struct plot *plot, const struct result *result);

/* heat.c: nothing for a result without the latencies of its intervals */
void html_heat_figure(const struct result *result, FILE *out);

#endif
