/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/h2_calls.h"

#include "proto/h2_call.h"

_Static_assert((int)GRPC_STATUSES == (int)CALL_STATUSES,
	       "the names of stats/calls.h are those of enum grpc_status");

void h2_call_completed(struct worker *w, struct conn *c, struct h2_stream *stream)
{
	const struct h2 *h = place_of(c)->h;
	const struct grpc_call *call = h2_call_of(h, stream);
	struct call_end end = {
	    .status = call->status,
	    .text = h->calls->text,
	    .sent = stream->flags & H2S_SENT_ALL ? w->plan->call.messages : 0,
	    .received = call->messages,
	};

	if (call->status == GRPC_UNKNOWN && !call->typed && stream->status == 200 && !*end.text)
		end.text = "the content-type of the response is not application/grpc";
	exchange_call_completed(&w->tally, exchange_of(stream), exchange_place_of(w, c, stream),
				(struct exchange_response){stream->status, stream->body_bytes}, &end,
				w->now_ns, w->now_ns > w->deadline_ns);
}
