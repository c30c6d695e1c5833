/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The plots of the sweep's HTML page. */
#ifndef VASTAR_SWEEP_SWEEP_PAGE_H
#define VASTAR_SWEEP_SWEEP_PAGE_H

#include <stdio.h>

#include "sweep/sweep.h"

/* Plots over concurrency. At least one point must have a response. */
void sweep_plot_rate(const struct sweep *sweep, FILE *out);
void sweep_plot_p99(const struct sweep *sweep, FILE *out);
/* p99 over throughput: what each further request per second costs. Each level is named. */
void sweep_plot_cost(const struct sweep *sweep, FILE *out);

#endif
