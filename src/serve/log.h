/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The request log of the server: its record of each request, in order of arrival, so that a client's
 * figures can be compared with it, request by request. One for each worker. Memory for all rows is
 * reserved at the start; pages that are never written cost nothing. Requests to /counts are numbered on
 * their connection, but have no row.
 */
#ifndef VASTAR_SERVE_LOG_H
#define VASTAR_SERVE_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct serve_record {
	uint64_t request_ns;  /* its last byte was read */
	uint64_t response_ns; /* when the first byte of its response went to the kernel; 0: it did not */
	uint64_t drawn_ns;    /* the delay or service time drawn for it */
	uint32_t ordinal;     /* on its connection, from 1 */
	uint32_t next;	      /* next row of this connection without a response, index + 1; 0: none */
	uint16_t port;	      /* of the client */
	bool drawn;
};

/* For a connection: its port, the number of its requests, and those without a response, oldest first (index +
 * 1). */
struct logged_client {
	uint32_t ordinal, first, last;
	uint16_t port;
};

struct serve_log {
	struct serve_record *records;
	struct logged_client *clients;
	uint64_t capacity, count, lost;
	uint32_t client_count;
};

/* False: out of memory. serve_log_deinit() is called in any case. */
bool serve_log_init(struct serve_log *log, uint64_t capacity, uint32_t clients);
void serve_log_deinit(struct serve_log *log);

void serve_log_accepted(struct serve_log *log, uint32_t client, uint16_t port);

/* `row`: the request gets one. */
void serve_log_request(struct serve_log *log, uint32_t client, bool row, uint64_t now_ns);

/* The same for responses in any order: the caller keeps the number of the row. 0: there is none. */
uint32_t serve_log_row(struct serve_log *log, uint32_t client, bool row, uint64_t now_ns);
void serve_log_row_drawn(struct serve_log *log, uint32_t row, uint64_t drawn_ns);
void serve_log_row_responded(struct serve_log *log, uint32_t row, uint64_t now_ns);

/* For the connection's oldest request without a response. */
void serve_log_drawn(struct serve_log *log, uint32_t client, uint64_t drawn_ns);

/* The responses to the `count` oldest ones go to the kernel now. */
void serve_log_responded(struct serve_log *log, uint32_t client, uint32_t count, uint64_t now_ns);

/* The rows: client_port, ordinal, worker, request_s (since start_ns), drawn_s, elapsed_s (from the request's
 * last byte to the response's first). */
void serve_log_write_head(FILE *out);
void serve_log_write(const struct serve_log *log, uint32_t worker, uint64_t start_ns, FILE *out);

#endif
