/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/exchange_log.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

bool exchange_log_init(struct exchange_log *log, struct request_log *records, struct budget *budget,
		       uint32_t connections)
{
	*log = (struct exchange_log){.records = records, .budget = budget, .count = connections};
	log->conns = calloc(connections, sizeof(*log->conns));
	for (uint32_t i = 0; log->conns && i < connections; i++)
		log->conns[i].fd = -1;
	return log->conns;
}

static void close_descriptor(struct logged_conn *conn)
{
	if (conn->fd >= 0)
		close(conn->fd);
	conn->fd = -1;
}

void exchange_log_deinit(struct exchange_log *log)
{
	for (uint32_t i = 0; log->conns && i < log->count; i++)
		close_descriptor(&log->conns[i]);
	free(log->conns);
	log->conns = NULL;
}

void exchange_log_opened(struct exchange_log *log, uint32_t conn, int fd)
{
	close_descriptor(&log->conns[conn]);
	log->conns[conn] = (struct logged_conn){.fd = fd};
}

static uint16_t local_port(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address;
	socklen_t length = sizeof(address);

	if (getsockname(fd, &address.any, &length))
		return 0;
	if (address.any.sa_family == AF_UNIX)
		return 0;
	return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

void exchange_log_connected(struct exchange_log *log, uint32_t conn, int fd)
{
	struct logged_conn *c = &log->conns[conn];

	c->port = local_port(c->fd >= 0 ? c->fd : fd);
	c->sent = 0;
	close_descriptor(c);
}

void exchange_log_closed(struct exchange_log *log, uint32_t conn)
{
	close_descriptor(&log->conns[conn]);
	log->conns[conn] = (struct logged_conn){.fd = -1};
}

struct logged_conn exchange_log_take(struct exchange_log *log, uint32_t conn)
{
	close_descriptor(&log->conns[conn]);
	return log->conns[conn];
}

void exchange_log_put(struct exchange_log *log, uint32_t conn, const struct logged_conn *logged)
{
	log->conns[conn] = *logged;
}

void exchange_log_add(struct exchange_log *log, uint32_t conn, struct request_record *record)
{
	if (!budget_take(log->budget, &log->share)) {
		log->records->lost++;
		return;
	}
	record->port = log->conns[conn].port;
	request_log_add(log->records, record);
}
