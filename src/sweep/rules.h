/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Fits the gates to the server. A ratio of percentiles that is too high even without load says what the
 * server is like, not how loaded it is: an exponential service time has p99/p50 = 6.6 at any load. */
#ifndef VASTAR_SWEEP_RULES_H
#define VASTAR_SWEEP_RULES_H

#include "sweep/pick.h"

#define RULES_GROWTH 1.5 /* a ratio above this multiple of the server's own is growth */

/* Finds the server's own ratios: those of the smallest level, from the baseline up, whose sample carries
 * the percentile and whose median shows no queue yet. Where one exceeds its limit and the limit was not
 * given by hand, the gate judges growth instead. */
void rules_fit(struct gates *gates, const struct point *points, unsigned count, uint32_t baseline_c);

#endif
