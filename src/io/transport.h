/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A transport: how bytes get in and out of a connection. With the plain transport the session sees exactly
 * what the kernel delivers, and long bodies may be dropped in the kernel. Any other transport transforms the
 * bytes. It may first have to agree on something with the peer (TLS: records, a handshake).
 *
 * A transport works in memory only: it takes bytes and gives bytes. It has no ring, no socket and no clock;
 * conn_wrap.c in the engine moves the bytes. One thread at a time uses a channel, but not always the same
 * thread: a channel moves with its connection to another worker. What the channels share lives until the run
 * is over. Nothing here blocks.
 */
#ifndef VASTAR_IO_TRANSPORT_H
#define VASTAR_IO_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The peer of a connection. */
struct transport_peer {
	const char *host;
	uint16_t port;
};

/* What a handshake agreed on. The texts live as long as the program; NULL: nothing was agreed on. */
struct transport_facts {
	const char *version, *cipher, *group, *alpn;
	bool resumed; /* resumed a session of an earlier connection */
};

/* The peer's certificate. */
struct transport_certificate {
	char subject[160], issuer[160];
	int64_t expires_s; /* seconds since 1970 */
	bool verified;
};

struct transport {
	const char *name;

	/* The session sees exactly what the kernel delivers. The functions below are then NULL. */
	bool plain;

	/* Not NULL: the transport is in a module, this row has only its name, and load() returns the complete
	 * row, or NULL with a sentence in *err. */
	const struct transport *(*load)(struct vastar_error *err);

	/* What all workers of a run share: the checked `settings` and the files they name. `settings` points
	 * to the transport's own type (TLS: struct tls_settings). NULL: *err says why not. */
	void *(*prepare)(const void *settings, struct vastar_error *err);
	void (*discard)(void *prepared); /* NULL is allowed */

	/* What the channels of a worker share. NULL: *err says why not. */
	void *(*open)(void *prepared, struct vastar_error *err);
	void (*close)(void *shared); /* NULL is allowed */

	/* One end of a connection that has just been connected to `peer`; `peer` is NULL for one that was
	 * accepted. NULL: out of memory. */
	void *(*begin)(void *shared, const struct transport_peer *peer);
	void (*end)(void *channel); /* NULL is allowed */

	/* The handshake, if there is one, is complete: plaintext may be written. */
	bool (*ready)(const void *channel);

	/* For a channel that is ready. describe() is NULL when there is nothing to describe. certificate()
	 * returns false when the peer has not shown one. */
	void (*describe)(const void *channel, struct transport_facts *facts);
	bool (*certificate)(const void *channel, struct transport_certificate *certificate);

	/* Passes `bytes` from the peer. They must stay in place until read() has returned 0 or less. */
	void (*feed)(void *channel, const char *bytes, size_t length);

	/* Decodes what was fed, and continues the handshake with it. Returns how many bytes of plaintext it
	 * has put into `into`. 0: it needs more from the peer. -1: the peer has broken the protocol, and
	 * broken() says how. */
	long (*read)(void *channel, char *into, size_t size);
	const char *(*broken)(const void *channel);

	/* True when the peer has announced the end of the stream, whatever the state of the socket. If the
	 * socket ends without that announcement, the stream was cut. NULL: this transport has no such
	 * announcement, and every end of the socket is a regular end. */
	bool (*ended)(const void *channel);

	/* Accepts plaintext to send. False: out of memory. */
	bool (*write)(void *channel, const char *bytes, size_t length);

	/* Announces the end to the peer, through output(). Does nothing before the handshake is complete, or
	 * after the peer has broken the protocol: then output() may have an alert for the peer. NULL: this
	 * transport has no such announcement. */
	void (*finish)(void *channel);

	/* Bytes to send to the peer, including those of a handshake; *lengthp is 0 if there are none. The
	 * kernel reads them while the worker continues. So they stay in place, whatever is written in the
	 * meantime, until sent() reports that the first `bytes` are gone. */
	const char *(*output)(void *channel, size_t *lengthp);
	void (*sent)(void *channel, size_t bytes);
};

extern const struct transport transport_plain;

#endif
