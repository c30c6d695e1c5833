/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef VASTAR_ENGINE_TRANSPORT_H
#define VASTAR_ENGINE_TRANSPORT_H

#include "io/transport.h"
#include "plan/plan.h"

/* The transport of the connections to `target`. A run has at most one besides the plain one. A test
 * program defines this function itself, so the file that defines it contains nothing else. */
const struct transport *transport_of(const struct target *target);

/* Calls transport->prepare() with the settings of the plan. */
void *transport_prepare(const struct transport *transport, const struct vastar_plan *plan,
			struct vastar_error *err);

#endif
