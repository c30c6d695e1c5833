/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Reads the HTTP/2 part of a saved report. */
#include "report/saved/parts.h"

static void read_codes(struct reader *reader, const json_t *http2, const char *key,
		       uint64_t counts[STREAM_CODES])
{
	const json_t *codes = reader_object(reader, http2, key);

	for (unsigned i = 0; codes && i < STREAM_CODES; i++)
		if (json_object_get(codes, stream_code_names[i]))
			counts[i] = reader_count(reader, codes, stream_code_names[i]);
}

void saved_streams(struct reader *reader, const json_t *root, struct result *result)
{
	struct streams *streams = &result->sum->streams;
	const json_t *http2 = json_object_get(root, "http2");

	if (!json_is_object(http2))
		return;
	read_codes(reader, http2, "goaway_codes", streams->goaways);
	read_codes(reader, http2, "resets", streams->resets);
	if (json_is_integer(json_object_get(http2, "streams_max")))
		streams->allowed = reader_count_within(reader, http2, "streams_max", 0, UINT32_MAX - 1) + 1;
	streams->frames_in = reader_count(reader, http2, "frames_received");
	streams->frames_out = reader_count(reader, http2, "frames_sent");
	streams->head_bytes_in = reader_count(reader, http2, "head_bytes");
	streams->head_fields_in = reader_count(reader, http2, "head_fields_bytes");
	streams->blocked_ns = reader_ns_or(reader, http2, "blocked_s", 0);
	if (json_is_object(json_object_get(http2, "stream_wait")))
		saved_buckets(reader, reader_object(reader, http2, "stream_wait"), "stream_wait",
			      &result->sum->stream_wait);
}
