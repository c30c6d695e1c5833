/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Measures the ceiling of this host: every concurrency with one worker, two, four and so on up to the most,
 * against servers that run beside it in processes of their own and have as many workers as the client. Then
 * the same with workers that follow the load, as in a run without -w, against a server with half of the
 * processors. All rows are measured in turn, again and again, so that a machine that gets slower meanwhile is
 * the same to all of them.
 */
#ifndef VASTAR_CALIBRATE_CALIBRATE_H
#define VASTAR_CALIBRATE_CALIBRATE_H

#include "report/ceiling.h"

enum { CALIBRATE_LEVELS_MAX = 100, CALIBRATE_REPEATS_MAX = 100 };

struct calibrate_settings {
	/* Most of them, 1..PLAN_WORKERS_MAX. 0: as many as there are processors, and rows that follow the
	 * load. */
	uint32_t workers;
	const uint32_t *conc; /* concurrencies, rising; a worker has at least one connection */
	unsigned conc_count;  /* 1..CALIBRATE_LEVELS_MAX */
	uint64_t duration_ns; /* of a run */
	uint32_t repeats;     /* 1..CALIBRATE_REPEATS_MAX */
	const bool *stop;     /* set from outside to end early; atomic */
	/* Before each run; may be NULL. */
	void (*on_run)(void *context, uint32_t run, uint32_t runs);
	void *context;
};

/* To be called before the process has a second thread. *ceiling is the caller's to free; when it was stopped,
 * it holds what was measured until then, which may be nothing. VASTAR_E_USAGE when no concurrency has a
 * connection for each of the workers; VASTAR_E_SYSTEM when a server or a run failed. */
int calibrate(const struct calibrate_settings *settings, struct ceiling *ceiling, struct vastar_error *err);

#endif
