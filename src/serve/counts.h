/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a server counts: a shard for each worker, and their sum. */
#ifndef VASTAR_SERVE_COUNTS_H
#define VASTAR_SERVE_COUNTS_H

#include <stdint.h>

/* What was served. One writer for each worker; the sum is taken with relaxed loads while they run. Requests
 * to /counts, and connections that carried nothing else, are in none of these numbers. */
struct serve_counts {
	uint64_t connections;	   /* accepted */
	uint64_t requests;	   /* received whole, and malformed ones */
	uint64_t malformed;	   /* of them: refused with the server's own 4xx or 5xx */
	uint64_t resets;	   /* of them: ended with a RST instead of a response (/reset, fault_share) */
	uint64_t faults;	   /* of them: given a broken or a cut response (fault_share) */
	uint64_t handshakes;	   /* completed TLS handshakes */
	uint64_t resumed;	   /* of them: resumed with a ticket of an earlier connection */
	uint64_t handshake_errors; /* failed handshakes: refused, cut off, no TLS at all */
	uint64_t tls_errors;	   /* connections with a broken record later */
	uint64_t http2_connections; /* that have begun to speak HTTP/2 */
	uint64_t goaways;
	uint64_t refused_streams; /* by RST_STREAM with REFUSED_STREAM: no requests of the above */
	/* Bytes of HTTP: TLS does not change them. */
	uint64_t bytes_received; /* from sockets, heads and framing included */
	uint64_t body_bytes;	 /* of the requests, after de-chunking */
	uint64_t bytes_sent;	 /* taken by the kernel, heads and framing included */
	uint64_t messages;	 /* of WebSockets, received whole and sent back */
	uint64_t status[1000];	 /* responses begun, by final status code */
};

/* The counts of all workers. */
struct serve_shards {
	const struct serve_counts **each; /* [count] */
	unsigned count;
};

/* Adds them up, from any thread. */
void serve_counts_sum(const struct serve_shards *shards, struct serve_counts *sum);

/* One writer: a relaxed store is enough for the readers in other threads. */
static inline void count(uint64_t *counter, uint64_t by)
{
	__atomic_store_n(counter, *counter + by, __ATOMIC_RELAXED);
}

#endif
