/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/streams.h"

const char *const stream_code_names[STREAM_CODES] = {
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
    "unknown",
};

bool streams_ended(const struct streams *streams)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < STREAM_CODES; i++)
		sum += streams->goaways[i] + streams->resets[i];
	return sum > 0;
}

void streams_merge(struct streams *into, const struct streams *from)
{
	for (unsigned i = 0; i < STREAM_CODES; i++) {
		into->goaways[i] += from->goaways[i];
		into->resets[i] += from->resets[i];
	}
	into->frames_in += from->frames_in;
	into->frames_out += from->frames_out;
	into->head_bytes_in += from->head_bytes_in;
	into->head_fields_in += from->head_fields_in;
	into->blocked_ns += from->blocked_ns;
	if (from->allowed && (!into->allowed || from->allowed < into->allowed))
		into->allowed = from->allowed;
}
