/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* HTTP/2 with --stream: the events in the bodies of the responses. Only called if plan->stream is set. */
#ifndef VASTAR_ENGINE_H2_EVENTS_H
#define VASTAR_ENGINE_H2_EVENTS_H

#include "engine/session_h2.h"

/* Makes room for the events of each stream, in h->user. False: out of memory. */
bool h2_events_init(struct h2 *h);

/* The stream was opened. */
void h2_events_begin(const struct h2 *h, const struct h2_stream *stream);

/* For struct h2_config; `worker` is the struct worker. */
void h2_events_body(void *worker, const struct h2 *h, struct h2_stream *stream, const uint8_t *bytes,
		    uint32_t length);

/* The response is complete; before exchange_completed(). */
void h2_events_complete(struct worker *w, const struct h2 *h, struct h2_stream *stream);

/* The exchange fails; before exchange_failed(). */
void h2_events_failed(struct worker *w, const struct h2 *h, struct h2_stream *stream);

#endif
