/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The client side of an HTTP/2 connection (RFC 9113): frames, streams, windows, header blocks. h2_feed()
 * takes received bytes and stops at each event of a stream or the connection; bytes to send are collected
 * in the output. No socket, no clock, no memory allocated for a stream.
 *
 * Each breach of the protocol is an enum h2_error. A stream error ends that stream, a connection error all of
 * them.
 */
#ifndef VASTAR_PROTO_H2_H
#define VASTAR_PROTO_H2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/grpc.h"
#include "proto/h2_frame.h"
#include "proto/h2_request.h"

struct h2;
struct h2_stream;
struct nghttp2_hd_inflater;
struct h2_calls;

enum {
	H2_USER_ROOM = 32,
	H2_STREAMS_MAX = 16384,
	/* Streams opened before the server has announced its limit. RFC 9113 section 6.5.2 recommends that no
	 * limit be lower. */
	H2_STREAMS_UNTOLD = 100,
	H2_MEMO_MAX = 252,	    /* the longest header block that is recognised when repeated */
	H2_BLOCK_MAX = 256 * 1024,  /* longest header block, and longest fields in it */
	H2_CONTINUATIONS_MAX = 256, /* most frames of a header block */
	H2_UPLOAD_ROOM = 64 * 1024, /* output for bodies */
};

enum h2_error {
	H2_OK,
	/* of the connection */
	H2_ERROR_HTTP1,
	H2_ERROR_NO_SETTINGS,
	H2_ERROR_FRAME_TOO_LONG,
	H2_ERROR_FRAME_LENGTH,
	H2_ERROR_STREAM_ZERO,
	H2_ERROR_STREAM_GIVEN,
	H2_ERROR_STREAM_EVEN,
	H2_ERROR_STREAM_IDLE,
	H2_ERROR_STREAM_ENDED,
	H2_ERROR_PADDING,
	H2_ERROR_PUSH,
	H2_ERROR_SETTING,
	H2_ERROR_WINDOW_SETTING,
	H2_ERROR_CONTINUATION,
	H2_ERROR_BLOCK_TOO_LONG,
	H2_ERROR_COMPRESSION,
	H2_ERROR_WINDOW,
	H2_ERROR_WINDOW_UPDATE,
	H2_ERROR_WINDOW_OVERFLOW,
	H2_ERROR_FLOOD,
	H2_ERROR_MEMORY,
	/* of a stream */
	H2_ERROR_STREAM_WINDOW,
	H2_ERROR_STREAM_WINDOW_UPDATE,
	H2_ERROR_STREAM_WINDOW_OVERFLOW,
	H2_ERROR_FIELD_NAME,
	H2_ERROR_FIELD_VALUE,
	H2_ERROR_FIELD_CONNECTION,
	H2_ERROR_PSEUDO,
	H2_ERROR_STATUS,
	H2_ERROR_INFORMATION_ENDS,
	H2_ERROR_LENGTH_FIELD,
	H2_ERROR_DATA_FIRST,
	H2_ERROR_DATA_UNWANTED,
	H2_ERROR_DATA_LENGTH,
	H2_ERROR_TRAILER,
	H2_ERROR_SWITCHING,
	H2_ERROR_GRPC_FLAG,
	H2_ERROR_GRPC_COMPRESSED,
	H2_ERROR_GRPC_LENGTH,
	H2_ERROR_GRPC_CUT,
	H2_ERROR_GRPC_NONE,
	H2_ERROR_GRPC_SEVERAL,
	H2_ERRORS
};

enum h2_stream_flag {
	H2S_BEGUN = 1 << 0,    /* received a header block, maybe of a 1xx */
	H2S_HEAD = 1 << 1,     /* ... of the response itself */
	H2S_TRAILER = 1 << 2,  /* ... and the trailers */
	H2S_LENGTH = 1 << 3,   /* content-length is known */
	H2S_NO_BODY = 1 << 4,  /* HEAD, 204, 304 */
	H2S_SENT_ALL = 1 << 5, /* the whole request is in the output */
	H2S_WRITTEN = 1 << 6,  /* for the user: the kernel has taken it */
	H2S_RETRIED = 1 << 7,  /* for the user */
};

/* One cache line. */
struct h2_stream {
	uint32_t id; /* 0: free */
	uint16_t status;
	uint8_t flags;	 /* enum h2_stream_flag */
	uint8_t tries;	 /* for the user */
	uint32_t credit; /* flow-controlled bytes since the last WINDOW_UPDATE for them */
	int32_t window;	 /* bytes of the body that may be sent; negative: RFC 9113 section 6.9.2 */
	uint64_t length; /* content-length */
	uint64_t body_bytes;
	unsigned char user[H2_USER_ROOM];
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct h2_stream) == 64, "a stream has one cache line");

/* The meaning of a response's block, recognised by its bytes. */
struct h2_memo {
	uint16_t size; /* 0: none */
	uint16_t status;
	bool has_length;
	uint64_t length;
	uint32_t fields; /* bytes of its decoded fields */
	struct grpc_said call;
	uint8_t bytes[H2_MEMO_MAX];
};

/* Shared by all connections of a worker. */
struct h2_config {
	const struct h2_request *request;
	uint32_t streams; /* most at once on a connection: 1 to H2_STREAMS_MAX */
	uint32_t window;  /* receive window of a stream, and of the connection if that is not larger */
	/* gRPC: the messages and the status of each response are read. */
	bool grpc;
	bool one_message;	  /* a response with status OK has exactly one */
	bool each_message;	  /* h2_calls.heard says in which streams messages have come */
	bool paced;		  /* a message of the request may be sent when the user says so */
	uint32_t longest_message; /* that is allowed, in bytes */
	/* gets the DATA of a response, if it is one of gRPC with HTTP status 200; NULL: nobody does */
	void (*sink)(void *context, const uint8_t *bytes, uint32_t length);
	void *sink_context;
	/* without gRPC: gets the content of DATA, also of streams that turn out to break HTTP; NULL: nobody
	 * does */
	void (*body)(void *context, const struct h2 *h, struct h2_stream *stream, const uint8_t *bytes,
		     uint32_t length);
	void *body_context;
};

/* Counted over the life of the struct, through all its connections. */
struct h2_counts {
	uint64_t frames_in, frames_out;
	uint64_t head_bytes_in, head_fields_in; /* header blocks as received, and decoded */
};

struct h2 {
	/* streams */
	struct h2_stream *streams; /* [mask + 1]; the index of a stream is half its id */
	uint32_t mask;
	uint32_t next_id;
	uint32_t open;
	uint32_t asked;	 /* wanted number of concurrent streams */
	uint32_t others; /* of those asked for, how many are open on another connection */
	uint32_t limit; /* concurrent streams: wanted, not on another connection, and allowed by the server */
	/* sending */
	int64_t window;
	uint8_t *out;
	uint32_t out_size, out_from, out_to;
	uint32_t request_room; /* output that must be free for a request */
	uint32_t *sent;	       /* [mask + 1]: bytes of the body in the output so far; NULL: no body */
	uint32_t uploads;      /* streams whose body is not completely in the output */
	uint32_t next_upload;
	bool primed;		 /* the server's table has the fields of the request */
	bool plain;		 /* the server's table is too small */
	bool farewell;		 /* ... which the next request must acknowledge */
	bool spoke;		 /* received the server's SETTINGS */
	bool going_away;	 /* received a GOAWAY: no new streams */
	bool has_reset;		 /* frames of an abandoned stream may still arrive */
	uint8_t error;		 /* enum h2_error of the last H2_BROKEN or H2_MALFORMED */
	uint32_t code;		 /* of the last received RST_STREAM or GOAWAY */
	uint32_t last_id;	 /* of the GOAWAY */
	uint32_t server_streams; /* limit of the server; UINT32_MAX: none */
	uint32_t server_window;	 /* SETTINGS_INITIAL_WINDOW_SIZE */
	/* receiving */
	uint32_t credit;
	uint8_t head[H2_FRAME_HEAD];
	uint8_t head_have;
	uint8_t type, flags;
	bool in_frame;	  /* a frame's head is complete, its payload is not */
	bool padded;	  /* the padding length of a DATA frame has not arrived yet */
	bool first_frame; /* no frame received yet */
	bool block_ends;  /* END_STREAM of the current header block */
	uint32_t stream_id;
	uint32_t left;	       /* payload bytes still to come */
	uint32_t content;      /* DATA frame: its payload without padding */
	uint32_t padding;      /* ... and that padding */
	uint32_t block_stream; /* CONTINUATION must follow for this stream; 0: none */
	uint32_t continuations;
	uint8_t *payload; /* of a frame in pieces, or of a header block in several frames; owned */
	uint32_t payload_size, payload_have;
	uint32_t block_have; /* a header block in several frames: bytes so far, at the start of payload */
	struct nghttp2_hd_inflater *inflater;
	struct h2_memo memo;
	const struct h2_config *config;
	struct h2_calls *calls; /* gRPC; NULL: plain HTTP/2 */
	bool reads;		/* somebody reads the content of DATA */
	void *user;		/* for the user, who frees it */
	struct h2_counts counts;
};

enum h2_progress {
	H2_MORE,      /* all bytes are used */
	H2_BEGUN,     /* received the first header block of a stream */
	H2_COMPLETE,  /* a response is complete */
	H2_RESET,     /* the server has reset a stream: h->code */
	H2_MALFORMED, /* a stream breaks HTTP and has been reset: h->error */
	H2_AWAY,      /* GOAWAY: h->code; streams above h->last_id were not processed */
	H2_BROKEN,    /* the connection breaks HTTP/2: h->error. GOAWAY is in the output */
};

/* NULL: out of memory, or built without the library. `config` must outlive it. At most `streams` at once, 1
 * to config->streams. */
struct h2 *h2_new(const struct h2_config *config, uint32_t streams);
void h2_free(struct h2 *h); /* NULL is allowed */

/* Starts a new connection: forgets all streams, and puts the preface and SETTINGS into the output. False: out
 * of memory. */
bool h2_begin(struct h2 *h);

/* True if a stream may be opened now. */
static inline bool h2_room(const struct h2 *h)
{
	return h->open < h->limit && !h->going_away && h->out_size - h->out_to >= h->request_room;
}

/* Opens a stream and puts its request into the output; h2_room() must be true. The caller fills in user. */
struct h2_stream *h2_open(struct h2 *h);

/* `others` of the wanted streams are open on another connection, and are missing here. */
void h2_share(struct h2 *h, uint32_t others);

/* No new streams on this connection, as after a GOAWAY. */
void h2_retire(struct h2 *h);

/* Ends a stream, after H2_COMPLETE, H2_RESET, H2_MALFORMED or h2_cancel(). */
void h2_close(struct h2 *h, struct h2_stream *stream);

/* Puts RST_STREAM into the output. */
void h2_cancel(struct h2 *h, const struct h2_stream *stream, enum h2_code code);

/* Moves as much as windows and output allow from the bodies into the output. */
void h2_upload(struct h2 *h);

/* Takes bytes from *at up to `end`, moves *at behind them and returns the event. H2_BEGUN to H2_MALFORMED set
 * *streamp. */
enum h2_progress h2_feed(struct h2 *h, const uint8_t **at, const uint8_t *end, struct h2_stream **streamp);

/* The bytes to send. They stay in place until h2_taken() reports that the first `bytes` are gone. */
static inline const uint8_t *h2_output(const struct h2 *h, uint32_t *lengthp)
{
	*lengthp = h->out_to - h->out_from;
	return h->out + h->out_from;
}

void h2_taken(struct h2 *h, uint32_t bytes);

/* Only while nothing is being sent: moves the output to the start of its buffer if room is short. Otherwise
 * bytes added during each send would push it to the end. */
void h2_pack(struct h2 *h);

/* The message for h->error. */
const char *h2_error_text(enum h2_error error);

/* ---- shared by the parts of this module ---- */

static inline uint32_t h2_least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Room for `length` bytes of output, or NULL. Requests leave room for replies to control frames. */
uint8_t *h2_room_for(struct h2 *h, uint32_t length, bool control);

/* The stream with this id, or NULL if it is not open. */
static inline struct h2_stream *h2_find(const struct h2 *h, uint32_t id)
{
	struct h2_stream *stream = &h->streams[(id >> 1) & h->mask];

	return stream->id == id ? stream : NULL;
}

/* A header block is complete. `stream` is NULL for an abandoned stream: then it only updates the table. */
enum h2_progress h2_block(struct h2 *h, struct h2_stream *stream, const uint8_t *bytes, uint32_t length,
			  bool ends);

/* A connection error (sends GOAWAY), a stream error (sends RST_STREAM). */
enum h2_progress h2_breaks(struct h2 *h, enum h2_error error);
enum h2_progress h2_malformed(struct h2 *h, const struct h2_stream *stream, enum h2_error error);

/* ... of a gRPC call: proto/h2_call.h. */
enum h2_progress h2_call_ends(struct h2 *h, const struct h2_stream *stream);

/* Received the last frame of the stream. */
static inline enum h2_progress h2_ends(struct h2 *h, const struct h2_stream *stream)
{
	if (stream->flags & H2S_LENGTH && !(stream->flags & H2S_NO_BODY) &&
	    stream->body_bytes != stream->length)
		return h2_malformed(h, stream, H2_ERROR_DATA_LENGTH);
	return h->calls ? h2_call_ends(h, stream) : H2_COMPLETE;
}

/* A frame that is not part of a response. */
enum h2_progress h2_control(struct h2 *h, const uint8_t *at, uint32_t length, struct h2_stream **streamp);

#endif
