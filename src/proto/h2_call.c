/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "proto/h2_call.h"

static enum h2_error error_of(enum grpc_breach breach)
{
	switch (breach) {
	case GRPC_BAD_FLAG:
		return H2_ERROR_GRPC_FLAG;
	case GRPC_COMPRESSED:
		return H2_ERROR_GRPC_COMPRESSED;
	case GRPC_TOO_LONG:
		return H2_ERROR_GRPC_LENGTH;
	case GRPC_FINE:
		break;
	}
	return H2_OK;
}

enum h2_error h2_call_data(struct h2 *h, const struct h2_stream *stream, const uint8_t *bytes,
			   uint32_t length)
{
	struct grpc_call *call = h2_call_of(h, stream);
	uint32_t before = call->messages;
	enum grpc_breach breach;

	/* The error page of a 503 is not a message. */
	if (!call->typed || stream->status != 200)
		return H2_OK;
	if (h->config->sink)
		h->config->sink(h->config->sink_context, bytes, length);
	breach = grpc_take(call, bytes, length, h->config->longest_message);
	if (h->config->each_message && call->messages != before && call->told == before)
		h->calls->heard[h->calls->heard_count++] = (uint32_t)(stream - h->streams);
	return error_of(breach);
}

enum h2_progress h2_call_ends(struct h2 *h, const struct h2_stream *stream)
{
	struct grpc_call *call = h2_call_of(h, stream);

	call->status = (uint8_t)grpc_status_at_end(call, stream->status);
	if (call->status != GRPC_OK)
		return H2_COMPLETE;
	if (grpc_cut(call))
		return h2_malformed(h, stream, H2_ERROR_GRPC_CUT);
	if (h->config->one_message && call->messages != 1)
		return h2_malformed(h, stream, call->messages ? H2_ERROR_GRPC_SEVERAL : H2_ERROR_GRPC_NONE);
	return H2_COMPLETE;
}
