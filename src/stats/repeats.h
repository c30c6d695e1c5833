/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The figures of whole runs, done one after the other. Runs differ from each other by more than the
 * responses within one run do. Only the figures of several runs show how far the next one may deviate.
 */
#ifndef VASTAR_STATS_REPEATS_H
#define VASTAR_STATS_REPEATS_H

#include "stats/result.h"

/* Figures of one run. NAN: the run does not have this one. */
struct repeat {
	double rps, goodput_rps;
	/* Of all requests. A request without a response ranks above every response, and a percentile that
	 * falls on one is NAN. */
	double p50_s, p90_s, p99_s, p999_s;
	/* Errors, drain_aborted and responses other than 2xx, as a share of the requests. */
	double error_rate;
	double cpu; /* processors kept busy by vastar itself, all workers added up */
};

struct repeats {
	unsigned count;
	struct repeat *items; /* owned */
};

struct repeat repeat_of(const struct result *result);

/* False: out of memory, and nothing has changed. */
bool repeats_add(struct repeats *repeats, const struct repeat *repeat);
void repeats_free(struct repeats *repeats);

#endif
