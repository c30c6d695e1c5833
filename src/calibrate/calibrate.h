/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Measures the ceiling of this host. It runs every concurrency with one worker, two, four and so on up to the
 * maximum. The servers run beside it in their own processes and have as many workers as the client. Then it
 * runs every concurrency with workers that follow the load, as in a run without -w, against a server with
 * half of the processors. It measures all rows in turn, again and again, so that a machine that slows down
 * meanwhile affects all rows equally.
 */
#ifndef VASTAR_CALIBRATE_CALIBRATE_H
#define VASTAR_CALIBRATE_CALIBRATE_H

#include "report/ceiling.h"

enum { CALIBRATE_LEVELS_MAX = 100, CALIBRATE_REPEATS_MAX = 100 };

struct calibrate_settings {
	/* The maximum, 1..PLAN_WORKERS_MAX. 0: as many as there are processors, plus the rows that follow
	 * the load. */
	uint32_t workers;
	const uint32_t *conc; /* concurrencies, in rising order; a worker has at least one connection */
	unsigned conc_count;  /* 1..CALIBRATE_LEVELS_MAX */
	uint64_t duration_ns; /* of each run */
	uint32_t repeats;     /* 1..CALIBRATE_REPEATS_MAX */
	const bool *stop;     /* set from outside to end early; atomic */
	/* Called before each run; may be NULL. */
	void (*on_run)(void *context, uint32_t run, uint32_t runs);
	void *context;
};

/* Call it before the process has a second thread. The caller frees *ceiling. After a stop, *ceiling holds
 * what was measured until then, which may be nothing. VASTAR_E_USAGE: no concurrency has a connection for
 * each of the workers. VASTAR_E_SYSTEM: a server or a run failed. */
int calibrate(const struct calibrate_settings *settings, struct ceiling *ceiling, struct vastar_error *err);

#endif
