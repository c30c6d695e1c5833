/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One thread with its ring, its listener and its connections. */
#ifndef VASTAR_SERVE_WORKER_H
#define VASTAR_SERVE_WORKER_H

#include <netinet/in.h>

#include "io/bufring.h"
#include "serve/client.h"
#include "serve/counts.h"
#include "serve/hold.h"
#include "serve/log.h"
#include "serve/plain.h"
#include "serve/spread.h"
#include "serve/wrap.h"

/* What a completion belongs to: the op of ring_tag(). */
enum serve_op {
	OP_ACCEPT = 1,
	OP_STOP,
	OP_RECV,
	OP_DROP,
	OP_SEND,
	OP_CLOSE,
	OP_IGNORED,
	OP_PASS,
	OP_ADOPT,
	OP_FORGOTTEN
};

struct serve_worker {
	struct ring ring;
	struct bufring buffers;
	struct client *clients; /* [client_max] */
	const struct serve_settings *settings;
	const struct serve_shards *shards; /* of all workers, for /counts */
	struct spread *spread;		   /* NULL: each keeps the connections that it accepts */
	struct plain plain;
	struct wraps wraps;
	struct http2_worker *http2; /* NULL: HTTP/1.1 only */
	void *prepared;		    /* for wraps, of all workers; NULL: plain */
	struct request_memo memo;
	bool memo_plain;      /* the head in memo gets the plain response ... */
	uint8_t memo_variant; /* ... in this variant */
	bool holds;	      /* responses are delayed or wait for a slot */
	bool accepting;
	bool stopping;
	bool opened;	       /* ring and buffers are open */
	struct serve_log *log; /* NULL: not wanted */
	struct hold hold;
	struct hold_random random;
	uint32_t client_max;
	uint32_t open;
	uint32_t starved;		  /* list of connections + 1 */
	uint32_t first_awake, last_awake; /* the same, in order */
	uint64_t accept_retry_ns;	  /* 0: none */
	uint32_t index;
	int listener;
	int stop_fd;
	struct serve_log log_of_worker;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} peer; /* with a log: of the connection that is accepted next */
	socklen_t peer_length;
	struct serve_counts counts __attribute__((aligned(64)));
};

/* Opens the ring and starts to listen, in the thread that will run the worker. The worker owns clients
 * and the rest, also after a failure, until serve_worker_deinit(). */
int serve_worker_init(struct serve_worker *w, struct vastar_error *err);
void serve_worker_run(struct serve_worker *w); /* until stop_fd is readable */
void serve_worker_deinit(struct serve_worker *w);

static inline uint32_t client_index(const struct serve_worker *w, const struct client *c)
{
	return (uint32_t)(c - w->clients);
}

#endif
