/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* gRPC: how calls ended, and their messages. All zero with plain HTTP. */
#ifndef VASTAR_STATS_CALLS_H
#define VASTAR_STATS_CALLS_H

#include <stdint.h>

#include "stats/hist.h"

/* The codes of gRPC; 0 is OK. */
enum { CALL_STATUSES = 17, CALL_TEXT = 128 };

extern const char *const call_status_names[CALL_STATUSES]; /* "OK", "CANCELLED", ... */

struct calls {
	uint64_t status[CALL_STATUSES]; /* calls that ended with this status; their sum is the responses */
	char text[CALL_STATUSES][CALL_TEXT]; /* the server's first message for it, printable; "": none */
	uint64_t sent, received;	     /* messages of those calls */
	/* Calls whose response may have several messages: from the send of the call to the first message, and
	 * from a message to the next. */
	struct hist first_message, message_gap;
	struct hist failed_latency; /* of those that were not OK: a part of the shard's latency */
};

void calls_init(struct calls *calls);

/* Adds `from` to *into. */
void calls_merge(struct calls *into, const struct calls *from);

/* Keeps the printable part of `text`, unless there is a text already. */
void calls_say(struct calls *calls, unsigned status, const char *text);

#endif
