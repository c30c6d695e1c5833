/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Reads server-sent events (WHATWG HTML, section 9.2 "Server-sent events") from the bytes of a body: a
 * pure state machine, with the same result however the bytes are cut. It allocates nothing and keeps no
 * data: the caller gets the value of each `data` field in pieces, which point into its own buffer.
 *
 * Lines end with CR, LF or CRLF. A leading byte order mark is skipped, as are comments and the fields
 * `event`, `id` and `retry`. An event without a `data` field does not count, nor does one without a blank
 * line at its end.
 */
#ifndef VASTAR_PROTO_SSE_H
#define VASTAR_PROTO_SSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sse {
	uint8_t state; /* see sse.c */
	uint8_t name_length;
	bool after_cr; /* a LF that follows belongs to the end of the previous line */
	bool has_data; /* the event has a `data` field so far */
	char name[4];  /* the beginning of the field's name */
};

enum sse_part {
	SSE_MORE, /* all bytes were used */
	/* A piece of the event's data. Several `data` fields are joined by a LF, which is a separate piece.
	 * */
	SSE_DATA,
	SSE_EVENT, /* the event is complete */
};

struct sse_piece {
	const char *text;
	size_t length;
};

void sse_begin(struct sse *sse);

/* Reads from *atp, which it moves, up to `stop`: the next part. *piece is set with SSE_DATA only. */
enum sse_part sse_next(struct sse *sse, const char **atp, const char *stop, struct sse_piece *piece);

/* The stream ends here. True if an event is incomplete. */
bool sse_incomplete(const struct sse *sse);

#endif
