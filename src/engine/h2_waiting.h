/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* HTTP/2: exchanges that the server has not processed. They wait in order for a stream, to be sent again. */
#ifndef VASTAR_ENGINE_H2_WAITING_H
#define VASTAR_ENGINE_H2_WAITING_H

#include "engine/exchange.h"
#include "proto/h2.h"

struct h2_waiting {
	struct exchange exchange;
	uint8_t tries;
	bool retried;
	bool unsent; /* it has never been sent: the server allows no streams */
};

struct h2_waitings {
	struct h2_waiting *items; /* owned */
	uint32_t count, size;
};

static inline struct exchange *exchange_of(struct h2_stream *stream)
{
	return (struct exchange *)(void *)stream->user;
}

/* Adds the exchange of the stream, with one more try. False: out of memory. */
bool waiting_put(struct h2_waitings *waitings, struct h2_stream *stream);

/* Moves all of *from behind those of *to. False: out of memory, nothing has changed. */
bool waiting_append(struct h2_waitings *to, struct h2_waitings *from);

/* Takes the oldest one; there must be one. */
struct h2_waiting waiting_take(struct h2_waitings *waitings);

void waiting_remove(struct h2_waitings *waitings, uint32_t number);

#endif
