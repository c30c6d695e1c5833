/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/h2_calls.h"

#include "proto/h2_call.h"

_Static_assert((int)GRPC_STATUSES == (int)CALL_STATUSES,
	       "the names of stats/calls.h are those of enum grpc_status");

/* Moves *atp behind the message that begins there in the body. */
static void pass_message(const struct h2_request *request, uint32_t *atp)
{
	*atp += GRPC_PREFIX + h2_get32(request->body + *atp + 1);
}

/* Returns when the next message of the call is due; UINT64_MAX: all have been released. */
static uint64_t release(struct worker *w, struct h2 *h, struct h2_stream *stream)
{
	const struct h2_request *request = h->config->request;
	struct grpc_call *call = h2_call_of(h, stream);
	uint64_t gap_ns = w->plan->call.gap_ns,
		 due_ns = exchange_of(stream)->sent_ns + call->released * gap_ns;

	while (call->ready < request->body_length && due_ns <= w->now_ns) {
		pass_message(request, &call->ready);
		call->released++;
		due_ns += gap_ns;
	}
	return call->ready < request->body_length ? due_ns : UINT64_MAX;
}

void h2_calls_release(struct worker *w, struct conn *c)
{
	struct h2 *h = place_of(c)->h;
	uint64_t next_ns = UINT64_MAX;

	for (uint32_t i = 0; h->uploads && i <= h->mask; i++) {
		struct h2_stream *stream = &h->streams[i];

		if (stream->id && !(stream->flags & H2S_SENT_ALL)) {
			uint64_t due_ns = release(w, h, stream);

			next_ns = due_ns < next_ns ? due_ns : next_ns;
		}
	}
	if (next_ns != UINT64_MAX)
		timer_set(&w->timers, conn_index(w, c), next_ns);
}

void h2_calls_heard(struct worker *w, struct h2 *h)
{
	for (uint32_t i = 0; i < h->calls->heard_count; i++) {
		struct h2_stream *stream = &h->streams[h->calls->heard[i]];
		struct grpc_call *call = h2_call_of(h, stream);

		exchange_messages(&w->tally, exchange_of(stream), call->heard_ns, call->messages - call->told,
				  w->now_ns);
		call->told = call->messages;
		call->heard_ns = w->now_ns;
	}
	h->calls->heard_count = 0;
}

/* Messages of the request that are in the output. */
static uint32_t messages_sent(const struct worker *w, const struct h2 *h, const struct h2_stream *stream)
{
	uint32_t at = 0, count = 0;

	if (stream->flags & H2S_SENT_ALL)
		return w->plan->call.messages;
	for (uint32_t sent = h->sent[stream - h->streams]; at < sent; count += at <= sent)
		pass_message(h->config->request, &at);
	return count;
}

void h2_call_completed(struct worker *w, struct conn *c, struct h2_stream *stream)
{
	const struct h2 *h = place_of(c)->h;
	const struct grpc_call *call = h2_call_of(h, stream);
	struct call_end end = {
	    .status = call->status,
	    .text = h->calls->text,
	    .sent = messages_sent(w, h, stream),
	    .received = call->messages,
	};

	if (call->status == GRPC_UNKNOWN && !call->typed && stream->status == 200 && !*end.text)
		end.text = "the content-type of the response is not application/grpc";
	exchange_call_completed(&w->tally, exchange_of(stream), exchange_place_of(w, c, stream),
				(struct exchange_response){stream->status, stream->body_bytes}, &end,
				w->now_ns, w->now_ns > w->deadline_ns);
}
