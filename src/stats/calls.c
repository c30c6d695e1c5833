/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/calls.h"

const char *const call_status_names[CALL_STATUSES] = {
    "OK",	 "CANCELLED",	    "UNKNOWN",		 "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS",  "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",	 "OUT_OF_RANGE",    "UNIMPLEMENTED",	 "INTERNAL",	       "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED",
};

void calls_init(struct calls *calls)
{
	hist_init(&calls->failed_latency);
	hist_init(&calls->first_message);
	hist_init(&calls->message_gap);
}

void calls_merge(struct calls *into, const struct calls *from)
{
	for (unsigned i = 0; i < CALL_STATUSES; i++) {
		into->status[i] += from->status[i];
		calls_say(into, i, from->text[i]);
	}
	into->sent += from->sent;
	into->received += from->received;
	hist_merge(&into->failed_latency, &from->failed_latency);
	hist_merge(&into->first_message, &from->first_message);
	hist_merge(&into->message_gap, &from->message_gap);
}

void calls_say(struct calls *calls, unsigned status, const char *text)
{
	char *to = calls->text[status];

	if (*to)
		return;
	for (unsigned i = 0; text[i] && i + 1 < CALL_TEXT; i++)
		*to++ = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	*to = '\0';
}
