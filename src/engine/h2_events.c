/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/h2_events.h"

#include <stdlib.h>

#include "engine/event_watch.h"

static struct event_watch *watch_of(const struct h2 *h, const struct h2_stream *stream)
{
	return (struct event_watch *)h->user + (stream - h->streams);
}

bool h2_events_init(struct h2 *h)
{
	h->user = calloc(h->mask + 1, sizeof(struct event_watch));
	return h->user;
}

void h2_events_begin(const struct h2 *h, const struct h2_stream *stream)
{
	event_watch_begin(watch_of(h, stream));
}

void h2_events_body(void *worker, const struct h2 *h, struct h2_stream *stream, const uint8_t *bytes,
		    uint32_t length)
{
	struct worker *w = worker;

	if (stream->status / 100 == 2)
		event_watch_bytes(watch_of(h, stream), &w->tally, exchange_of(stream), (const char *)bytes,
				  length, w->now_ns);
}

void h2_events_complete(struct worker *w, const struct h2 *h, struct h2_stream *stream)
{
	if (stream->status / 100 == 2)
		event_watch_complete(watch_of(h, stream), &w->tally, exchange_of(stream), w->now_ns);
}

void h2_events_failed(struct worker *w, const struct h2 *h, struct h2_stream *stream)
{
	event_watch_failed(watch_of(h, stream), &w->tally, exchange_of(stream));
}
