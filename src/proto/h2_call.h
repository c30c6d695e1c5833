/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* gRPC calls on the streams of a connection: their additional state, only with gRPC. */
#ifndef VASTAR_PROTO_H2_CALL_H
#define VASTAR_PROTO_H2_CALL_H

#include "proto/grpc.h"
#include "proto/h2.h"

struct h2_calls {
	struct h2_memo trailers; /* those of calls are alike, too */
	char text[GRPC_TEXT];	 /* the last received grpc-message */
	/* Streams with received messages that the user has not seen: their places, each once. The user
	 * empties the list, and sets `told` of the calls. */
	uint32_t *heard;
	uint32_t heard_count;
	struct grpc_call each[]; /* [mask + 1], like the streams; `heard` is behind them */
};

static inline struct grpc_call *h2_call_of(const struct h2 *h, const struct h2_stream *stream)
{
	return &h->calls->each[stream - h->streams];
}

static inline void h2_call_open(struct h2 *h, const struct h2_stream *stream)
{
	*h2_call_of(h, stream) = (struct grpc_call){
	    .status = GRPC_NO_STATUS,
	    .ready = h->config->paced ? 0 : (uint32_t)h->config->request->body_length,
	};
}

/* Received this status in a header block of the stream. */
static inline void h2_call_said(struct h2 *h, const struct h2_stream *stream, struct grpc_said said)
{
	struct grpc_call *call = h2_call_of(h, stream);

	call->typed |= said.typed;
	if (said.status != GRPC_NO_STATUS)
		call->status = said.status;
	if (!said.has_text)
		h->calls->text[0] = '\0';
}

/* Received bytes of DATA. Returns H2_OK, or what is wrong with the messages in them. */
enum h2_error h2_call_data(struct h2 *h, const struct h2_stream *stream, const uint8_t *bytes,
			   uint32_t length);

#endif
