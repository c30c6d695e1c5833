/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * HTTP/1.1 pipelining (RFC 9112 section 9.3.2): the requests in flight on each connection, oldest first,
 * because responses come in the order of the requests. Pure bookkeeping; engine/session_line.c sends,
 * receives and decides.
 *
 * The words: the requests of a line are counted from 0. Request 0 is its head, whose response comes next. The
 * first `sent` of them were sent on the present connection. The others were sent on a connection that was
 * lost, and have to be sent again. All requests are the same bytes, so one number says how far the kernel has
 * got with them.
 */
#ifndef VASTAR_ENGINE_PIPELINE_H
#define VASTAR_ENGINE_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/request.h"

enum { PIPELINE_BATCH_MAX = 64 * 1024 }; /* bytes in one send: what a socket buffer usually takes */

struct pipelined {
	uint64_t sent_ns;    /* when this request was first sent */
	uint64_t written_ns; /* when the kernel had taken all of it; 0: not yet */
	uint32_t ordinal;    /* number on its connection; for the request log */
	bool retried;
};

struct pipeline {
	uint64_t unwritten; /* bytes of the sent requests that the kernel has not taken yet */
	uint8_t first;	    /* index of the head in the ring */
	uint8_t count;
	uint8_t sent;	/* at most `count` */
	bool alone;	/* one request goes alone until it has a response */
	bool scheduled; /* in the list of lines that may have something to send */
};

/* The pipelines of a worker's connections. */
struct pipelines {
	uint32_t depth;		 /* most requests in flight on a connection, 2 to PLAN_PIPELINE_MAX */
	size_t length;		 /* of one request, in bytes */
	uint32_t batch;		 /* number of requests in `bytes`, one after the other */
	char *bytes;		 /* owned, or the request's own bytes if there is only one */
	struct pipeline *lines;	 /* [connections]; owned */
	struct pipelined *rings; /* [connections][depth]; owned */
	uint32_t *scheduled;	 /* connections; owned */
	uint32_t scheduled_count;
	bool owns_bytes;
};

/* False: out of memory; deinit it even then. */
bool pipelines_init(struct pipelines *pipelines, uint32_t depth, uint32_t connections,
		    const struct request *request);
void pipelines_deinit(struct pipelines *pipelines);

static inline struct pipelined *pipeline_at(const struct pipelines *pipelines, uint32_t conn, unsigned number)
{
	unsigned place = pipelines->lines[conn].first + number;

	if (place >= pipelines->depth)
		place -= pipelines->depth;
	return &pipelines->rings[(size_t)conn * pipelines->depth + place];
}

/* Notes that the connection may have something to send. pipelines_next() returns it once. */
void pipeline_schedule(struct pipelines *pipelines, uint32_t conn);
bool pipelines_next(struct pipelines *pipelines, uint32_t *connp);

/* How many requests may be sent now: none until the last send is complete. */
unsigned pipeline_room(const struct pipelines *pipelines, uint32_t conn);

/* Sends the next request: the oldest one that has to be sent again, which then counts as retried, or else
 * a new one. The line must have room for it. Returns it so that the caller can fill in the rest. */
struct pipelined *pipeline_send(struct pipelines *pipelines, uint32_t conn, uint64_t now_ns);

/* The bytes for the next send of the connection; NULL: everything was taken. */
const char *pipeline_chunk(const struct pipelines *pipelines, uint32_t conn, size_t *lengthp);

/* The kernel has taken `bytes` more. */
void pipeline_written(struct pipelines *pipelines, uint32_t conn, size_t bytes, uint64_t now_ns);

/* How many bytes of a request the kernel has taken on the present connection. */
size_t pipeline_taken(const struct pipelines *pipelines, uint32_t conn, unsigned number);

/* The head's exchange has ended. */
void pipeline_pop(struct pipelines *pipelines, uint32_t conn);

/* The connection is lost. The first `kept` requests, which the caller has moved to the front, wait for the
 * next connection. `alone`: the first of them must get its response before the others are sent. */
void pipeline_lost(struct pipelines *pipelines, uint32_t conn, unsigned kept, bool alone);

#endif
