/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/log.h"

#include <inttypes.h>
#include <stddef.h>
#include <sys/mman.h>

#include "base/clock.h"

static void *reserve(size_t bytes)
{
	void *memory =
	    mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

bool serve_log_init(struct serve_log *log, uint64_t capacity, uint32_t clients)
{
	*log = (struct serve_log){.capacity = capacity, .client_count = clients};
	log->records = reserve(capacity * sizeof(*log->records));
	log->clients = reserve(clients * sizeof(*log->clients));
	return log->records && log->clients;
}

void serve_log_deinit(struct serve_log *log)
{
	if (log->records)
		munmap(log->records, log->capacity * sizeof(*log->records));
	if (log->clients)
		munmap(log->clients, log->client_count * sizeof(*log->clients));
	*log = (struct serve_log){0};
}

void serve_log_accepted(struct serve_log *log, uint32_t client, uint16_t port)
{
	log->clients[client] = (struct logged_client){.port = port};
}

uint32_t serve_log_row(struct serve_log *log, uint32_t client, bool row, uint64_t now_ns)
{
	struct logged_client *c = &log->clients[client];

	c->ordinal++;
	if (!row)
		return 0;
	if (log->count == log->capacity) {
		log->lost++;
		return 0;
	}
	log->records[log->count++] =
	    (struct serve_record){.request_ns = now_ns, .ordinal = c->ordinal, .port = c->port};
	return (uint32_t)log->count;
}

void serve_log_row_drawn(struct serve_log *log, uint32_t row, uint64_t drawn_ns)
{
	log->records[row - 1].drawn = true;
	log->records[row - 1].drawn_ns = drawn_ns;
}

void serve_log_row_responded(struct serve_log *log, uint32_t row, uint64_t now_ns)
{
	log->records[row - 1].response_ns = now_ns;
}

void serve_log_request(struct serve_log *log, uint32_t client, bool row, uint64_t now_ns)
{
	struct logged_client *c = &log->clients[client];
	uint32_t number = serve_log_row(log, client, row, now_ns);

	if (!number)
		return;
	if (c->last)
		log->records[c->last - 1].next = number;
	else
		c->first = number;
	c->last = number;
}

void serve_log_drawn(struct serve_log *log, uint32_t client, uint64_t drawn_ns)
{
	uint32_t number = log->clients[client].first;

	if (number) /* else the log was full */
		serve_log_row_drawn(log, number, drawn_ns);
}

void serve_log_responded(struct serve_log *log, uint32_t client, uint32_t count, uint64_t now_ns)
{
	struct logged_client *c = &log->clients[client];

	for (; count && c->first; count--) {
		struct serve_record *record = &log->records[c->first - 1];

		record->response_ns = now_ns;
		c->first = record->next;
	}
	if (!c->first)
		c->last = 0;
}

static void put_seconds(FILE *out, bool there, uint64_t ns)
{
	fputc(',', out);
	if (there)
		fprintf(out, "%" PRIu64 ".%09" PRIu64, (uint64_t)(ns / NS_PER_S), (uint64_t)(ns % NS_PER_S));
}

void serve_log_write_head(FILE *out)
{
	fputs("client_port,ordinal,worker,request_s,drawn_s,elapsed_s\n", out);
}

void serve_log_write(const struct serve_log *log, uint32_t worker, uint64_t start_ns, FILE *out)
{
	for (uint64_t i = 0; i < log->count; i++) {
		const struct serve_record *record = &log->records[i];

		fprintf(out, "%u,%" PRIu32 ",%" PRIu32, record->port, record->ordinal, worker);
		put_seconds(out, true, record->request_ns - start_ns);
		put_seconds(out, record->drawn, record->drawn_ns);
		put_seconds(out, record->response_ns, record->response_ns - record->request_ns);
		fputc('\n', out);
	}
}
