/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Whether requests went out as independent arrivals: a sample of the gaps between them, held against the law
 * that they were drawn from. A gap is kept as the share of gaps of that law that are shorter, which is even
 * on [0, 1] when the law holds.
 */
#ifndef VASTAR_STATS_GAPS_H
#define VASTAR_STATS_GAPS_H

#include <stdbool.h>
#include <stdint.h>

enum { GAPS_MAX = 500, GAPS_LEAST = 20 };

/* Above it chance is no explanation: twice the critical value of 1 % for a law without fitted parameters
 * (D'Agostino and Stephens, "Goodness-of-Fit Techniques", 1986, table 4.2: 3.857). */
#define GAPS_ALARM (2 * 3.857)

/* Every so-manyth gap; when there is no more room, every second one is dropped. */
struct gap_sample {
	uint64_t seen;
	uint32_t every; /* 0: as 1 */
	uint32_t count;
	double shares[GAPS_MAX];
};

/* A gap has passed: whether it is one to be kept. */
bool gap_wanted(struct gap_sample *sample);

/* `gap` is the time between an arrival and the `stride`th after it, where the mean gap between two neighbours
 * is 1 and each is exponential: then it follows Erlang's law of that order. */
void gap_keep(struct gap_sample *sample, double gap, uint32_t stride);

void gap_merge(struct gap_sample *into, const struct gap_sample *from);

/* The statistic of Anderson and Darling ("A Test of Goodness of Fit", 1954) against the even law; NAN with
 * fewer than GAPS_LEAST gaps. */
double gap_departure(const struct gap_sample *sample);

#endif
