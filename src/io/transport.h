/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A transport: how bytes get in and out of a connection. With the plain one, what the kernel hands over is
 * what the session sees, and long bodies may be dropped in the kernel. Any other changes the bytes on their
 * way and may have something to settle with the peer first (TLS: records, a handshake).
 *
 * Memory only: a transport takes bytes and gives bytes. It has no ring, no socket and no clock; conn_wrap.c
 * in the engine moves what it gives. A channel is used by one thread at a time, but not always by the same:
 * it goes with its connection to another worker, and what it shares stays until the run is over. Nothing here
 * blocks.
 */
#ifndef VASTAR_IO_TRANSPORT_H
#define VASTAR_IO_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Where a connection leads. */
struct transport_peer {
	const char *host;
	uint16_t port;
};

/* What a handshake has agreed on. The texts live as long as the program; NULL: nothing was agreed on. */
struct transport_facts {
	const char *version, *cipher, *group, *alpn;
	bool resumed; /* by a session of an earlier connection */
};

/* The peer's certificate. */
struct transport_certificate {
	char subject[160], issuer[160];
	int64_t expires_s; /* seconds since 1970 */
	bool verified;
};

struct transport {
	const char *name;

	/* What the session sees is what the kernel hands over. The functions below are NULL then. */
	bool plain;

	/* What all workers of a run share: `settings` checked, files read. `settings` has a type of the
	 * transport's own. NULL: *err says why not. */
	void *(*prepare)(const void *settings, struct vastar_error *err);
	void (*discard)(void *prepared); /* NULL is allowed */

	/* What the channels of a worker share. NULL: *err says why not. */
	void *(*open)(void *prepared, struct vastar_error *err);
	void (*close)(void *shared); /* NULL is allowed */

	/* One end of a connection that has just been connected to `peer`; `peer` is NULL for one that was
	 * accepted. NULL: out of memory. */
	void *(*begin)(void *shared, const struct transport_peer *peer);
	void (*end)(void *channel); /* NULL is allowed */

	/* The handshake, if there is one, is done: plaintext may be written. */
	bool (*ready)(const void *channel);

	/* Of one that is ready. describe() is NULL where there is nothing to tell. certificate(): false when
	 * the peer has shown none. */
	void (*describe)(const void *channel, struct transport_facts *facts);
	bool (*certificate)(const void *channel, struct transport_certificate *certificate);

	/* `bytes` came from the peer. They stay where they are until read() has returned 0 or less. */
	void (*feed)(void *channel, const char *bytes, size_t length);

	/* Works on what was fed: returns how many bytes of plaintext it has put into `into`; 0: it needs more
	 * from the peer; -1: the peer has broken the rules, and broken() says how. */
	long (*read)(void *channel, char *into, size_t size);
	const char *(*broken)(const void *channel);

	/* The peer has said that nothing follows, so the stream has ended, whatever state the socket is
	 * in. An end of the socket without that word is a cut. NULL: there are no such words, and every end
	 * is one. */
	bool (*ended)(const void *channel);

	/* Takes plaintext to be sent; false: out of memory. */
	bool (*write)(void *channel, const char *bytes, size_t length);

	/* Says to the peer that nothing follows; output() has it. NULL: such words are not known. */
	void (*finish)(void *channel);

	/* What is to be sent to the peer, of a handshake as well; *lengthp is 0 when there is nothing. The
	 * kernel reads it while the worker goes on, so it stays where it is, whatever is written meanwhile,
	 * until sent() has been told that the first `bytes` of it are gone. */
	const char *(*output)(void *channel, size_t *lengthp);
	void (*sent)(void *channel, size_t bytes);
};

extern const struct transport transport_plain;

#endif
