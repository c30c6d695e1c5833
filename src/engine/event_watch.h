/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Watches the body of a response for events. Only used with --stream (plan->stream). */
#ifndef VASTAR_ENGINE_EVENT_WATCH_H
#define VASTAR_ENGINE_EVENT_WATCH_H

#include "engine/exchange.h"
#include "proto/events.h"

struct event_watch {
	struct event_reader reader;
	uint32_t events;
	uint64_t first_ns, last_ns; /* of the events; 0 without any */
};

void event_watch_begin(struct event_watch *watch);

/* Bytes of the body of the exchange arrived at `now_ns`. */
void event_watch_bytes(struct event_watch *watch, struct tally *t, const struct exchange *x,
		       const char *bytes, size_t length, uint64_t now_ns);

/* The response is complete; before exchange_completed(). */
void event_watch_complete(struct event_watch *watch, struct tally *t, const struct exchange *x,
			  uint64_t now_ns);

/* The exchange fails; before exchange_failed(). */
void event_watch_failed(const struct event_watch *watch, struct tally *t, const struct exchange *x);

#endif
