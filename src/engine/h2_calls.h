/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a gRPC call has beyond an HTTP/2 request: its status, its messages. */
#ifndef VASTAR_ENGINE_H2_CALLS_H
#define VASTAR_ENGINE_H2_CALLS_H

#include "engine/session_h2.h"

/* The call of the stream is complete. */
void h2_call_completed(struct worker *w, struct conn *c, struct h2_stream *stream);

#endif
