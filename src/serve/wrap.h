/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A transport between a client and its socket (TLS): unwraps received bytes before the requests are read, and
 * wraps responses before they are sent. It does not know requests and responses, and a plain server has none.
 */
#ifndef VASTAR_SERVE_WRAP_H
#define VASTAR_SERVE_WRAP_H

#include <sys/uio.h>

#include "io/transport.h"
#include "serve/settings.h"

struct client;
struct serve_worker;

struct wrap {
	void *channel;	    /* NULL: this connection is plain */
	uint32_t taken;	    /* plaintext whose last byte is in the current send */
	uint32_t under_way; /* bytes of the send */
};

/* State of a worker. */
struct wraps {
	const struct transport *transport; /* NULL: every connection is plain */
	void *shared;
	struct wrap *each; /* [client_max] */
	char *plaintext;   /* of one read; also for joining pieces of a response */
};

enum { WRAP_PLAINTEXT = 16 * 1024 }; /* the most in a TLS record */

/* Prepares the transport of the settings, once for all workers. *preparedp is NULL for a plain server. */
int wrap_prepare(const struct serve_settings *settings, const char *address, void **preparedp,
		 struct vastar_error *err);
void wrap_discard(void *prepared);

/* The certificate that clients should trust; NULL: none was made. */
const char *wrap_authority(const void *prepared, size_t *lengthp);

/* wrap_close() is called after a failure too. */
int wrap_open(struct serve_worker *w, void *prepared, struct vastar_error *err);
void wrap_close(struct serve_worker *w);

/* ---- one connection ---- */

/* False: out of memory. */
bool wrap_begin(struct serve_worker *w, struct client *c);
/* Call it when the kernel no longer reads the sent bytes. */
void wrap_end(struct serve_worker *w, struct client *c);

void wrap_feed(struct serve_worker *w, struct client *c, const char *bytes, size_t length);
/* Puts plaintext into w->wraps.plaintext and returns its length. 0: no more. -1: the peer broke the
 * protocol. */
long wrap_read(struct serve_worker *w, struct client *c);

/* True if the handshake is complete. */
bool wrap_ready(const struct serve_worker *w, const struct client *c);

/* With a handshake that is done: the protocol of ALPN; NULL: the client has not asked. */
const char *wrap_protocol(const struct serve_worker *w, const struct client *c);

/* True if the peer has announced the end. */
bool wrap_ended(const struct serve_worker *w, const struct client *c);

/* Counts its handshake, `by` 1 or -1. */
void wrap_count(struct serve_worker *w, const struct client *c, int by);

/* Wraps the contents of iov, or their first part, for wrap_flush(). False: out of memory. */
bool wrap_write(struct serve_worker *w, struct client *c, const struct iovec *iov, unsigned count);

/* Announces the end to the peer. */
void wrap_finish(struct serve_worker *w, struct client *c);

/* Sends the waiting bytes, unless a send is in progress; `silent` as for the plain response. */
void wrap_flush(struct serve_worker *w, struct client *c, bool silent);

/* The kernel took `taken` bytes of the send, or with wrap_settled() all of them. False: more must be sent
 * first. *plaintextp: how much of wrap_write() is complete. */
bool wrap_sent(struct serve_worker *w, struct client *c, uint32_t taken, uint32_t *plaintextp);
void wrap_settled(struct serve_worker *w, struct client *c);

#endif
