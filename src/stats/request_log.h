/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Every exchange of one worker, one record each, in the order in which they ended. Users can recompute the
 * percentiles from it. Memory for all records is reserved before the run; pages that are never written use
 * none. One thread writes.
 */
#ifndef VASTAR_STATS_REQUEST_LOG_H
#define VASTAR_STATS_REQUEST_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* In addition to the kinds of error (stats/shard.h, enum error_kind), which count from 1. */
enum { RECORD_COMPLETED = 0, RECORD_DRAIN_ABORTED = 255 };

/* Instants; 0: it did not happen. */
struct request_record {
	uint64_t due_ns, sent_ns, first_ns, last_ns;
	uint32_t ordinal; /* of the request on its connection, from 1; 0: not sent */
	uint16_t port;	  /* the local port of the connection; 0: none */
	uint16_t status;  /* 0: no complete response */
	uint8_t failure;  /* RECORD_COMPLETED, 1 + enum error_kind, or RECORD_DRAIN_ABORTED */
	bool retried;
	uint32_t request; /* which one of several; 0 if there is just one */
};

_Static_assert(sizeof(struct request_record) <= 64, "a record must stay within a cache line");

struct request_log {
	struct request_record *records;
	uint64_t capacity, count;
	uint64_t lost; /* records that did not fit: the log was full */
};

/* NULL when there is no memory for `capacity` (1 and up) records. Free it with request_log_free(). */
struct request_log *request_log_new(uint64_t capacity);
void request_log_free(struct request_log *log); /* NULL is allowed */

static inline void request_log_add(struct request_log *log, const struct request_record *record)
{
	log->records[log->count++] = *record;
}

#endif
