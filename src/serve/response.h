/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Chooses the response to a request by the table of paths: a description, without bytes. Pure functions. */
#ifndef VASTAR_SERVE_RESPONSE_H
#define VASTAR_SERVE_RESPONSE_H

#include "serve/request.h"
#include "serve/settings.h"

enum response_body {
	RESPONSE_PLAIN,	  /* the prebuilt response of the settings */
	RESPONSE_PATTERN, /* `length` bytes of the pattern */
	RESPONSE_CHUNKED, /* `length` bytes of the pattern in chunks of `chunk_bytes` */
	RESPONSE_STREAM,  /* `chunks` chunks of `chunk_bytes`, one each `gap_ns` */
	/* `length` bytes of the pattern, without a length in the head: the close ends the body */
	RESPONSE_UNBOUNDED,
	RESPONSE_STATUS,    /* the reason phrase and a newline */
	RESPONSE_NOTE,	    /* a fixed sentence */
	RESPONSE_ECHO,	    /* method and body size of the request */
	RESPONSE_COUNTS,    /* JSON of everything served so far */
	RESPONSE_GZIP,	    /* RESPONSE_GZIP_BYTES times 'x', compressed if the request accepts that */
	RESPONSE_RESET,	    /* a RST */
	RESPONSE_WEBSOCKET, /* the handshake of one, which echoes */
	RESPONSE_BROKEN,    /* `text` unchanged as the response; then the end of the connection */
};

enum { RESPONSE_GZIP_BYTES = 1000, RESPONSE_CHUNK_BYTES = 16384, RESPONSE_EXTRA_MAX = 1000 };

#define RESPONSE_BYTES_MAX (1ull << 30) /* the most that a path may request */

struct response {
	uint16_t status;
	uint8_t body;	     /* enum response_body */
	bool is_head : 1;    /* no body is sent */
	bool no_chunks : 1;  /* HTTP/1.0: the end of the connection ends the body */
	bool close : 1;	     /* send Connection: close, then close */
	bool keep_alive : 1; /* Connection: keep-alive, for HTTP/1.0 */
	bool gzip : 1;
	bool sse : 1;
	bool own_delay : 1; /* delay_ns instead of the settings' delay */
	bool no_hold : 1;   /* without delay and capacity */
	bool malformed : 1; /* the request was bad; `close` is set too */
	uint16_t interim;   /* 1xx sent before the response; 0: none */
	uint32_t extra_headers;
	uint32_t split;	 /* the head is sent in two packets, cut after this many bytes; 0: in one */
	uint64_t length; /* of the body; RESPONSE_ECHO: of the request's body, known at its end */
	uint64_t chunks, chunk_bytes, gap_ns;
	uint64_t delay_ns;
	/* Location of a redirect, method for RESPONSE_ECHO, sentence for RESPONSE_NOTE; may point into the
	 * request. */
	const char *text;
	uint32_t text_length;
};

/* Chooses the response to a request, from the settings and the path. */
void response_for(const struct serve_settings *settings, const struct request *request,
		  struct response *response);

/* The response to an invalid request. It ends the connection. */
void response_error(unsigned status, struct response *response);

/* The response to "/", without the parts that depend on the request. */
void response_default(const struct serve_settings *settings, struct response *response);

/* Turns a response into one of the faults of serve_settings.fault_share; `number` (any value) picks which. */
void response_fault(struct response *response, unsigned number);

#endif
