/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef VASTAR_ENGINE_TRANSPORT_H
#define VASTAR_ENGINE_TRANSPORT_H

#include "io/transport.h"
#include "plan/plan.h"

/* The transport of a plan's connections. A test program brings its own answer to this question, so nothing
 * else stands in the file that defines it. */
const struct transport *transport_of(const struct vastar_plan *plan);

#endif
