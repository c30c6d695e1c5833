/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/session.h"

#include "plan/plan.h"

const struct session *session_of(const struct vastar_plan *plan)
{
	if (plan->protocol == PROTOCOL_HTTP2)
		return &session_h2;
	if (plan->protocol == PROTOCOL_WEBSOCKET)
		return &session_ws;
	if (plan->pipeline > 1)
		return &session_line;
	if (plan->ai.wanted)
		return &session_h1_tokens;
	if (plan->expects)
		return &session_h1_expect;
	return plan->stream ? &session_h1_stream : &session_h1;
}
