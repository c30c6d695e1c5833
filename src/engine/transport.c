/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/transport.h"

#include "io/tls_module.h"

const struct transport *transport_of(const struct target *target)
{
	return target->tls ? &transport_tls_on_demand : &transport_plain;
}
