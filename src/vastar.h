/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The opaque types of <vastar/vastar.h> that join the layers. */
#ifndef VASTAR_FACADE_H
#define VASTAR_FACADE_H

#include "plan/plan.h"
#include "stats/repeats.h"

struct merged;
struct ceiling;

struct vastar_result {
	const struct vastar_plan *plan; /* the caller's */
	struct result *result;		/* owned */
	struct repeats repeats;		/* owned; count is 0 for one run */
	const struct merged *merged;	/* NULL: not merged from files */
	const struct ceiling *ceiling;	/* NULL: no calibration was given */
};

/* Adds another run of the same plan to *whole, which becomes the result of all, and frees it. An
 * interrupted run counts, but is not a repeat. */
int vastar_result_repeat(struct vastar_result *whole, struct vastar_result *next, struct vastar_error *err);

#endif
