/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a gRPC call has beyond an HTTP/2 request: its status, its messages. */
#ifndef VASTAR_ENGINE_H2_CALLS_H
#define VASTAR_ENGINE_H2_CALLS_H

#include "engine/session_h2.h"

/* Releases the messages that are due, and sets the timer of the connection to the next one. */
void h2_calls_release(struct worker *w, struct conn *c);

/* Messages have arrived: h->calls->heard. */
void h2_calls_heard(struct worker *w, struct h2 *h);

/* The call of the stream is complete. */
void h2_call_completed(struct worker *w, struct conn *c, struct h2_stream *stream);

#endif
