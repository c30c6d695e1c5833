/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Tests whether requests were sent as independent arrivals: it compares a sample of the gaps between sends
 * with the distribution from which they were drawn. Each gap is stored as the share of that distribution's
 * gaps that are shorter. These shares are uniform on [0, 1] when the arrivals are independent.
 */
#ifndef VASTAR_STATS_GAPS_H
#define VASTAR_STATS_GAPS_H

#include <stdbool.h>
#include <stdint.h>

enum { GAPS_MAX = 500, GAPS_LEAST = 20 };

/* Chance does not explain a value above this. It is twice the 1 % critical value for a distribution
 * without fitted parameters (D'Agostino and Stephens, "Goodness-of-Fit Techniques", 1986, table 4.2:
 * 3.857). */
#define GAPS_ALARM (2 * 3.857)

/* Keeps every `every`th gap. When there is no more room, it drops every second one and doubles `every`. */
struct gap_sample {
	uint64_t seen;
	uint32_t every; /* 0 means 1 */
	uint32_t count;
	double shares[GAPS_MAX];
};

/* Counts one gap. True: pass this one to gap_keep(). */
bool gap_wanted(struct gap_sample *sample);

/* `gap` is the time between an arrival and the `stride`th arrival after it, in units of the mean gap
 * between two neighbours. Single gaps are exponential, so this sum follows Erlang's distribution of that
 * order. */
void gap_keep(struct gap_sample *sample, double gap, uint32_t stride);

void gap_merge(struct gap_sample *into, const struct gap_sample *from);

/* The Anderson-Darling statistic ("A Test of Goodness of Fit", 1954) against the uniform distribution. NAN
 * with fewer than GAPS_LEAST gaps. */
double gap_departure(const struct gap_sample *sample);

#endif
