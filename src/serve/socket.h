/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A connection that has become a WebSocket (RFC 6455): every message goes back as it came, frame by frame,
 * while it comes. Bytes to bytes, without I/O. */
#ifndef VASTAR_SERVE_SOCKET_H
#define VASTAR_SERVE_SOCKET_H

#include "proto/ws.h"
#include "serve/request_head.h"

struct socket_out {
	uint8_t *bytes; /* owned */
	size_t used, size;
};

struct socket {
	struct ws ws;
	struct socket_out filling; /* what is to be sent next */
	struct socket_out sending; /* ... and what is being sent */
	size_t sent;		   /* of that */
	uint64_t messages;	   /* since the caller has looked */
	bool silent;		   /* the send that is under way reports failures only */
	bool in_echo;		   /* the head of the frame that is coming has gone out */
	bool closing;		   /* nothing more is read; the connection ends with the output */
};

/* The response to the handshake is its first output. NULL: out of memory. */
struct socket *socket_new(const struct request *request);
void socket_free(struct socket *socket); /* NULL is allowed */

/* Takes what came. False: out of memory. */
bool socket_take(struct socket *socket, const char *bytes, size_t length);

/* What is to be sent now; the last of it must have been taken. *lengthp 0: nothing. */
const uint8_t *socket_output(struct socket *socket, size_t *lengthp);

/* Bytes of the output that have not been taken. */
static inline size_t socket_left(const struct socket *socket)
{
	return socket->sending.used - socket->sent;
}

#endif
