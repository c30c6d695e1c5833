/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* gRPC: how calls have ended, and their messages. Plain HTTP leaves all of it at zero. */
#ifndef VASTAR_STATS_CALLS_H
#define VASTAR_STATS_CALLS_H

#include <stdint.h>

#include "stats/hist.h"

/* The codes of gRPC; 0 is OK. */
enum { CALL_STATUSES = 17, CALL_TEXT = 128 };

extern const char *const call_status_names[CALL_STATUSES]; /* "OK", "CANCELLED", ... */

struct calls {
	uint64_t status[CALL_STATUSES]; /* calls that have ended with it; together they are the responses */
	char text[CALL_STATUSES][CALL_TEXT]; /* the first message of the server for it, printable; "": none */
	uint64_t sent, received;	     /* messages of those calls */
	struct hist failed_latency;	     /* of those that were not OK: a part of the shard's latency */
};

void calls_init(struct calls *calls);

/* Adds `from` to *into. */
void calls_merge(struct calls *into, const struct calls *from);

/* Keeps `text`, unless there is one already, without what is not printable. */
void calls_say(struct calls *calls, unsigned status, const char *text);

#endif
