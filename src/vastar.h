/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What stands behind the opaque types of <vastar/vastar.h> that join the layers. */
#ifndef VASTAR_FACADE_H
#define VASTAR_FACADE_H

#include "plan/plan.h"
#include "stats/result.h"

struct vastar_result {
	const struct vastar_plan *plan; /* the caller's */
	struct result *result;		/* owned */
};

#endif
