/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/transport.h"

#include "io/tls.h"

const struct transport *transport_of(const struct target *target)
{
#ifdef HAVE_TLS
	if (target->tls)
		return &transport_tls;
#else
	(void)target;
#endif
	return &transport_plain;
}
