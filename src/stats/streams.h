/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* HTTP/2: what happened to streams and connections beyond the exchanges. */
#ifndef VASTAR_STATS_STREAMS_H
#define VASTAR_STATS_STREAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/hist.h"

/* The codes of RFC 9113 section 7, and one for all others. */
enum { STREAM_CODES = 15 };

extern const char *const stream_code_names[STREAM_CODES]; /* "NO_ERROR" ... "unknown" */

struct streams {
	uint64_t goaways[STREAM_CODES]; /* received GOAWAY frames */
	uint64_t resets[STREAM_CODES];	/* received RST_STREAM frames */
	uint64_t frames_in, frames_out;
	uint64_t head_bytes_in;	 /* header blocks of responses, as received */
	uint64_t head_fields_in; /* ... and as text */
	uint64_t blocked_ns;	 /* bodies waited for a window of the server, over all connections */
	/* The smallest number of streams that a server has allowed, plus 1. 0: none was announced. */
	uint32_t allowed;
};

/* The index of a code in the arrays above and in stream_code_names. */
static inline unsigned stream_code_index(uint32_t code)
{
	return code < STREAM_CODES - 1 ? code : STREAM_CODES - 1;
}

/* True if a GOAWAY or RST_STREAM was received. */
bool streams_ended(const struct streams *streams);

/* Adds `from` to *into. */
void streams_merge(struct streams *into, const struct streams *from);

#endif
