/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/event_watch.h"

void event_watch_begin(struct event_watch *watch)
{
	events_begin(&watch->reader);
	watch->events = 0;
	watch->first_ns = watch->last_ns = 0;
}

static void arrived(struct event_watch *watch, struct tally *t, const struct exchange *x, uint32_t count,
		    uint64_t now_ns)
{
	if (!count)
		return;
	tally_events(t, x, count, watch->last_ns, now_ns);
	watch->events += count;
	watch->last_ns = now_ns;
	if (!watch->first_ns)
		watch->first_ns = now_ns;
}

void event_watch_bytes(struct event_watch *watch, struct tally *t, const struct exchange *x,
		       const char *bytes, size_t length, uint64_t now_ns)
{
	arrived(watch, t, x, events_feed(&watch->reader, bytes, length), now_ns);
}

void event_watch_complete(struct event_watch *watch, struct tally *t, const struct exchange *x,
			  uint64_t now_ns)
{
	struct stream_end end = {0};

	arrived(watch, t, x, events_end(&watch->reader, &end.incomplete), now_ns);
	end.events = watch->events;
	end.spread_ns = watch->last_ns - watch->first_ns;
	end.marked = watch->reader.done;
	tally_stream_complete(t, x, &end);
}

void event_watch_failed(const struct event_watch *watch, struct tally *t, const struct exchange *x)
{
	if (watch->events)
		tally_stream_cut(t, x);
}
