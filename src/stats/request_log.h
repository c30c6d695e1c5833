/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Every exchange of one worker, one record each, in order of their ends: what percentiles are made of, for
 * those who want to check them. Memory for all records is set aside before the run; pages that are never
 * written cost nothing. One writer.
 */
#ifndef VASTAR_STATS_REQUEST_LOG_H
#define VASTAR_STATS_REQUEST_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* Beside the kinds of error (stats/shard.h, enum error_kind), counted from 1. */
enum { RECORD_ANSWERED = 0, RECORD_DRAIN_ABORTED = 255 };

/* Instants; 0: there was none. */
struct request_record {
	uint64_t due_ns, sent_ns, first_ns, last_ns;
	uint32_t ordinal; /* of the request on its connection, from 1; 0: it was not sent */
	uint16_t port;	  /* of this end of the connection; 0: there was none */
	uint16_t status;  /* 0: no complete response */
	uint8_t failure;  /* RECORD_ANSWERED, 1 + enum error_kind, or RECORD_DRAIN_ABORTED */
	bool retried;
};

_Static_assert(sizeof(struct request_record) <= 64, "a record must stay within a cache line");

struct request_log {
	struct request_record *records;
	uint64_t capacity, count;
	uint64_t lost; /* records that were not kept: the log was full */
};

/* NULL when there is no memory for `capacity` (1 and up) records. Freed with request_log_free(). */
struct request_log *request_log_new(uint64_t capacity);
void request_log_free(struct request_log *log); /* NULL is allowed */

static inline void request_log_add(struct request_log *log, const struct request_record *record)
{
	log->records[log->count++] = *record;
}

#endif
