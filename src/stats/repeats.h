/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Whole runs that were done one after the other: the figures of each. Runs differ from each other by more
 * than the responses within one of them, so only figures of several say how far the next may lie.
 */
#ifndef VASTAR_STATS_REPEATS_H
#define VASTAR_STATS_REPEATS_H

#include "stats/result.h"

/* Of one run. NAN: it has none. */
struct repeat {
	double rps, goodput_rps;
	/* Of all requests: what got no response ranks above every response, and a percentile that falls there
	 * is NAN. */
	double p50_s, p90_s, p99_s, p999_s;
	/* Errors, drain_aborted and responses other than 2xx, as a share of the requests. */
	double error_rate;
	double cpu; /* processors that vastar itself kept busy: all workers added up */
};

struct repeats {
	unsigned count;
	struct repeat *items; /* owned */
};

struct repeat repeat_of(const struct result *result);

/* False: out of memory; then nothing has changed. */
bool repeats_add(struct repeats *repeats, const struct repeat *repeat);
void repeats_free(struct repeats *repeats);

#endif
