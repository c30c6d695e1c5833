/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/transport.h"

void *transport_prepare(const struct transport *transport, const struct vastar_plan *plan,
			struct vastar_error *err)
{
	(void)plan;
	return transport->prepare(NULL, err);
}
