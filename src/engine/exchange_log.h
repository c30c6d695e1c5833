/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The request log of a worker during the run: the records, and the facts about a connection that a record
 * needs (its port, the number of its request). The workers share a budget for the number of records.
 *
 * The port of a socket in the ring's file table cannot be read. So with a log, sockets are ordinary ones, and
 * their descriptor is kept until the socket is connected.
 */
#ifndef VASTAR_ENGINE_EXCHANGE_LOG_H
#define VASTAR_ENGINE_EXCHANGE_LOG_H

#include "engine/budget.h"
#include "stats/request_log.h"

struct logged_conn {
	int32_t fd;    /* owned; -1: none, or not ours */
	uint32_t sent; /* requests sent on this connection */
	uint16_t port;
};

struct exchange_log {
	struct request_log *records; /* the shard's */
	struct budget *budget;
	uint64_t share;
	uint32_t count;
	struct logged_conn *conns; /* [count] */
};

bool exchange_log_init(struct exchange_log *log, struct request_log *records, struct budget *budget,
		       uint32_t connections); /* false: out of memory */
void exchange_log_deinit(struct exchange_log *log);

/* A socket was opened for the connection; the log owns `fd` from now on. */
void exchange_log_opened(struct exchange_log *log, uint32_t conn, int fd);

/* The socket is connected. `fd` is its descriptor if the log does not own one, else -1. */
void exchange_log_connected(struct exchange_log *log, uint32_t conn, int fd);

void exchange_log_closed(struct exchange_log *log, uint32_t conn);

/* Moves the facts about a connection to another worker's log. They own nothing. */
struct logged_conn exchange_log_take(struct exchange_log *log, uint32_t conn);
void exchange_log_put(struct exchange_log *log, uint32_t conn, const struct logged_conn *logged);

/* A request was sent on the connection; returns its ordinal there, from 1. */
static inline uint32_t exchange_log_sent(struct exchange_log *log, uint32_t conn)
{
	return ++log->conns[conn].sent;
}

/* The ordinal of the request that was sent last on the connection; 0: none was. */
static inline uint32_t exchange_log_latest(const struct exchange_log *log, uint32_t conn)
{
	return log->conns[conn].sent;
}

/* Adds the port of the connection to the record and keeps it, or counts it as lost. */
void exchange_log_add(struct exchange_log *log, uint32_t conn, struct request_record *record);

#endif
