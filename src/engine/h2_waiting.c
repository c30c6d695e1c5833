/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/h2_waiting.h"

#include <stdlib.h>
#include <string.h>

bool waiting_append(struct h2_waitings *to, struct h2_waitings *from)
{
	uint32_t count = to->count + from->count;

	if (count > to->size) {
		struct h2_waiting *items = realloc(to->items, count * sizeof(*items));

		if (!items)
			return false;
		to->items = items;
		to->size = count;
	}
	memcpy(to->items + to->count, from->items, from->count * sizeof(*from->items));
	to->count = count;
	from->count = 0;
	return true;
}

bool waiting_put(struct h2_waitings *waitings, struct h2_stream *stream)
{
	if (waitings->count == waitings->size) {
		uint32_t size = waitings->size ? 2 * waitings->size : 8;
		struct h2_waiting *items = realloc(waitings->items, size * sizeof(*items));

		if (!items)
			return false;
		waitings->items = items;
		waitings->size = size;
	}
	waitings->items[waitings->count++] = (struct h2_waiting){.exchange = *exchange_of(stream),
								 .tries = (uint8_t)(stream->tries + 1),
								 .retried = stream->flags & H2S_RETRIED};
	return true;
}

void waiting_remove(struct h2_waitings *waitings, uint32_t number)
{
	struct h2_waiting *item = &waitings->items[number];

	memmove(item, item + 1, (--waitings->count - number) * sizeof(*item));
}

struct h2_waiting waiting_take(struct h2_waitings *waitings)
{
	struct h2_waiting first = waitings->items[0];

	waiting_remove(waitings, 0);
	return first;
}
