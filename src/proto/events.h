/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Events in the body of a response, however its bytes are cut: server-sent events (proto/sse.h), or lines
 * of JSON, each of which is an event (NDJSON). The first byte shows which: a field of server-sent events
 * does not begin with '{' or '['. "data: [DONE]", which ends streams of language models, is a mark and not
 * an event.
 */
#ifndef VASTAR_PROTO_EVENTS_H
#define VASTAR_PROTO_EVENTS_H

#include "proto/sse.h"

struct event_reader {
	struct sse sse;
	uint8_t form;	     /* see events.c */
	bool in_line;	     /* NDJSON: the line has a byte that is not blank */
	bool done;	     /* "[DONE]" was seen */
	uint8_t data_length; /* of the event's data so far; its limit is sizeof(data) + 1 */
	char data[6];
};

void events_begin(struct event_reader *reader);

/* The number of events that these bytes complete. */
uint32_t events_feed(struct event_reader *reader, const char *bytes, size_t length);

/* The body is complete. Returns 1 when that completes an event: a last line of JSON needs no line end.
 * *cutp: an event is incomplete. */
uint32_t events_end(struct event_reader *reader, bool *cutp);

#endif
