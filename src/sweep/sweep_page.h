/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The plots of the sweep's HTML page. */
#ifndef VASTAR_SWEEP_SWEEP_PAGE_H
#define VASTAR_SWEEP_SWEEP_PAGE_H

#include <stdio.h>

#include "sweep/sweep.h"

/* Figures over concurrency; they need a point that answered. */
void sweep_plot_rate(const struct sweep *sweep, FILE *out);
void sweep_plot_p99(const struct sweep *sweep, FILE *out);

#endif
