/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/late.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"

void late_describe(const struct late *late, uint64_t limit_ns, char *text, size_t size)
{
	int used = snprintf(text, size, "no complete response within %g s: ", ns_to_s(limit_ns));
	uint64_t done = late->done, total = late->total;

	text += used;
	size -= (size_t)used;
	switch (late->stage) {
	case LATE_CONNECTING:
		snprintf(text, size, "connecting again");
		break;
	case LATE_WAITING_TO_SEND:
		snprintf(text, size, "waiting to be sent again");
		break;
	case LATE_NO_STREAMS:
		snprintf(
		    text, size,
		    "waiting for a stream, the server allows none (SETTINGS_MAX_CONCURRENT_STREAMS is 0)");
		break;
	case LATE_SENDING:
		snprintf(text, size, "still sending, after %" PRIu64 " of %" PRIu64 " bytes of the request",
			 done, total);
		break;
	case LATE_WINDOW_SHUT:
		snprintf(text, size,
			 "the server's flow-control window stayed shut after %" PRIu64 " of %" PRIu64
			 " bytes of the body",
			 done, total);
		break;
	case LATE_WAITING:
		snprintf(text, size, "waiting for its first byte");
		break;
	case LATE_IN_HEAD:
		snprintf(text, size, "in its head");
		break;
	case LATE_IN_BODY:
		if (total)
			snprintf(text, size, "in its body, after %" PRIu64 " of %" PRIu64 " bytes", done,
				 total);
		else
			snprintf(text, size, "in its body, after %" PRIu64 " bytes", done);
		break;
	case LATE_NO_LENGTH:
		snprintf(text, size,
			 "the response has no length and the connection stayed open: %" PRIu64
			 " bytes of body so far",
			 done);
		break;
	}
}
