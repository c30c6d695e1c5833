/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the parts of HTTP/2 share. Each part calls only those above it:
 *   http2_head.c    the fields of a response
 *   http2_body.c    its DATA
 *   http2_stream.c  a request, and when it gets which response
 *   http2.c         the connection: its session, its bytes
 */
#ifndef VASTAR_SERVE_HTTP2_INTERNAL_H
#define VASTAR_SERVE_HTTP2_INTERNAL_H

#include <nghttp2/nghttp2.h>

#include "serve/client_internal.h"
#include "serve/http2.h"

/* The fields of a response. */
struct http2_head {
	nghttp2_nv *fields; /* [count] */
	size_t count;
	char *text; /* that they lead into */
};

struct http2_body {
	char *bytes;	      /* a short one; NULL: it is made of the pattern */
	uint64_t left;	      /* of bytes, or of the pattern */
	uint64_t payload;     /* of it so far */
	uint64_t chunk_bytes; /* of a stream: payload of each chunk; 0: there are no chunks */
	uint64_t chunk_left;
	uint64_t gap_ns, due_ns; /* of the next chunk */
	uint8_t mark;		 /* of an event: bytes left of "data: " and of its end */
	bool sse;
};

enum http2_fault { HTTP2_FAULT_NONE, HTTP2_FAULT_RESET, HTTP2_FAULT_STATUS, HTTP2_FAULT_CUT };

struct http2_stream {
	struct http2_stream *next, *previous; /* of its connection */
	struct http2 *connection;
	int32_t id;
	uint32_t slot; /* in the table of the worker, + 1; 0: none */
	uint32_t row;  /* of the log, + 1; 0: none */
	struct request request;
	char method[REQUEST_METHOD_MAX];
	char *path;
	uint64_t received; /* of the body */
	struct response response;
	struct http2_body body;
	uint8_t fault; /* enum http2_fault */
	bool complete;
	bool paused; /* its body waits for its next chunk */
	bool uncounted;
};

/* A connection. */
struct http2 {
	nghttp2_session *session;
	struct serve_worker *worker;
	struct client *client;
	struct http2_stream *first;
	uint32_t held; /* streams */
	uint64_t heads;
	bool closing; /* GOAWAY is queued: later requests are not served */
	/* To be sent: bytes[sent..used), then the rest of a frame that libnghttp2 keeps until it is asked for
	 * the next one. */
	char *bytes;
	size_t size, used, sent;
	const uint8_t *frame;
	size_t frame_left;
	uint64_t bytes_received, bytes_sent; /* in the counts; until the connection counts */
};

struct http2_worker {
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *options;
	struct http2 **each; /* [client_max] */
	struct http2_head usual;
	/* Streams in the hold, or the next free slot + 1. */
	union {
		struct http2_stream *stream;
		uintptr_t next;
	} * slots;
	uint32_t slots_used, slots_free; /* ever; list of slots + 1 */
};

/* A connection that has carried only requests to /counts is not counted. */
static inline void http2_forget_uncounted(struct http2 *h)
{
	struct serve_counts *counts = &h->worker->counts;

	if (!(h->client->flags & CLIENT_COUNTED)) {
		count(&counts->bytes_received, -h->bytes_received);
		count(&counts->bytes_sent, -h->bytes_sent);
		h->bytes_received = h->bytes_sent = 0;
	}
}

/* ---- http2_head.c ---- */

/* The fields of the response with a body of `length` bytes; `has_length`: they name it. False: out of
 * memory. */
bool http2_head_init(struct http2_head *head, const struct response *response, bool has_length,
		     uint64_t length, uint32_t flood);
void http2_head_deinit(struct http2_head *head);

/* ---- http2_body.c ---- */

/* Plans the body of a response. *has_lengthp: its length is known to the client. False: out of memory. */
bool http2_body_init(struct http2_body *body, const struct response *response,
		     const struct serve_counts *counts, bool *has_lengthp, uint64_t *lengthp);
void http2_body_deinit(struct http2_body *body);

/* The next bytes of the body, at most `room`. 0 with *waitp: none before due_ns. */
size_t http2_body_next(struct http2_body *body, uint8_t *into, size_t room, uint64_t now_ns, bool *waitp);
static inline bool http2_body_done(const struct http2_body *body)
{
	return !body->left && !body->chunk_left && !body->mark;
}

/* ---- http2_stream.c ---- */

/* Registers the callbacks for streams. */
void http2_stream_callbacks(nghttp2_session_callbacks *callbacks);
void http2_stream_due(struct http2_stream *stream);
void http2_stream_free(struct http2_stream *stream);

/* The response that "/" gets, made once. */
bool http2_usual_init(struct http2_worker *http2, const struct serve_settings *settings);

#endif
