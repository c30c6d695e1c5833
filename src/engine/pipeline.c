/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/pipeline.h"

#include <stdlib.h>
#include <string.h>

/* ---- the request bytes ---- */

/* Requests longer than half a batch are sent one by one, from their original place. */
static bool repeat_request(struct pipelines *pipelines, const struct request *request)
{
	size_t fit = PIPELINE_BATCH_MAX / request->length;

	pipelines->length = request->length;
	pipelines->batch = fit < 1 ? 1 : fit > pipelines->depth ? pipelines->depth : (uint32_t)fit;
	pipelines->bytes = request->bytes;
	if (pipelines->batch == 1)
		return true;
	pipelines->owns_bytes = true;
	pipelines->bytes = malloc(pipelines->batch * request->length);
	for (uint32_t i = 0; pipelines->bytes && i < pipelines->batch; i++)
		memcpy(pipelines->bytes + i * request->length, request->bytes, request->length);
	return pipelines->bytes;
}

bool pipelines_init(struct pipelines *pipelines, uint32_t depth, uint32_t connections,
		    const struct request *request)
{
	*pipelines = (struct pipelines){.depth = depth};
	pipelines->lines = calloc(connections, sizeof(*pipelines->lines));
	pipelines->rings = calloc((size_t)connections * depth, sizeof(*pipelines->rings));
	pipelines->scheduled = calloc(connections, sizeof(*pipelines->scheduled));
	return repeat_request(pipelines, request) && pipelines->lines && pipelines->rings &&
	       pipelines->scheduled;
}

void pipelines_deinit(struct pipelines *pipelines)
{
	if (pipelines->owns_bytes)
		free(pipelines->bytes);
	free(pipelines->lines);
	free(pipelines->rings);
	free(pipelines->scheduled);
	*pipelines = (struct pipelines){0};
}

/* ---- which connections may send ---- */

void pipeline_schedule(struct pipelines *pipelines, uint32_t conn)
{
	if (pipelines->lines[conn].scheduled)
		return;
	pipelines->lines[conn].scheduled = true;
	pipelines->scheduled[pipelines->scheduled_count++] = conn;
}

bool pipelines_next(struct pipelines *pipelines, uint32_t *connp)
{
	if (!pipelines->scheduled_count)
		return false;
	*connp = pipelines->scheduled[--pipelines->scheduled_count];
	pipelines->lines[*connp].scheduled = false;
	return true;
}

unsigned pipeline_room(const struct pipelines *pipelines, uint32_t conn)
{
	const struct pipeline *line = &pipelines->lines[conn];
	unsigned most = line->alone ? 1 : pipelines->depth;

	return line->unwritten || line->sent > most ? 0 : most - line->sent;
}

/* ---- the life of a request ---- */

struct pipelined *pipeline_send(struct pipelines *pipelines, uint32_t conn, uint64_t now_ns)
{
	struct pipeline *line = &pipelines->lines[conn];
	struct pipelined *request = pipeline_at(pipelines, conn, line->sent);

	if (line->sent < line->count) {
		request->retried = true;
		request->written_ns = 0;
	} else {
		*request = (struct pipelined){.sent_ns = now_ns};
		line->count++;
	}
	line->sent++;
	line->unwritten += pipelines->length;
	return request;
}

const char *pipeline_chunk(const struct pipelines *pipelines, uint32_t conn, size_t *lengthp)
{
	uint64_t unwritten = pipelines->lines[conn].unwritten;
	size_t begun = (size_t)(unwritten % pipelines->length), skip = begun ? pipelines->length - begun : 0;
	size_t most = pipelines->batch * pipelines->length - skip;

	*lengthp = unwritten < most ? (size_t)unwritten : most;
	return unwritten ? pipelines->bytes + skip : NULL;
}

void pipeline_written(struct pipelines *pipelines, uint32_t conn, size_t bytes, uint64_t now_ns)
{
	struct pipeline *line = &pipelines->lines[conn];
	uint64_t before = (line->unwritten + pipelines->length - 1) / pipelines->length, after;

	line->unwritten -= bytes;
	after = (line->unwritten + pipelines->length - 1) / pipelines->length;
	for (uint64_t number = line->sent - before; number < line->sent - after; number++)
		pipeline_at(pipelines, conn, (unsigned)number)->written_ns = now_ns;
}

size_t pipeline_taken(const struct pipelines *pipelines, uint32_t conn, unsigned number)
{
	const struct pipeline *line = &pipelines->lines[conn];
	uint64_t behind;

	if (number >= line->sent)
		return 0;
	behind = (uint64_t)(line->sent - 1u - number) * pipelines->length;
	if (line->unwritten <= behind)
		return pipelines->length;
	return line->unwritten >= behind + pipelines->length
		   ? 0
		   : (size_t)(behind + pipelines->length - line->unwritten);
}

void pipeline_pop(struct pipelines *pipelines, uint32_t conn)
{
	struct pipeline *line = &pipelines->lines[conn];

	/* When a head got its response early, or gave up waiting for a connection, the rest of its bytes
	 * belongs to no exchange. */
	line->unwritten -= line->sent ? pipelines->length - pipeline_taken(pipelines, conn, 0) : 0;
	line->first = (uint8_t)(line->first + 1u == pipelines->depth ? 0 : line->first + 1u);
	line->count--;
	line->sent -= line->sent > 0;
}

void pipeline_lost(struct pipelines *pipelines, uint32_t conn, unsigned kept, bool alone)
{
	struct pipeline *line = &pipelines->lines[conn];

	for (unsigned i = 0; i < kept; i++)
		pipeline_at(pipelines, conn, i)->ordinal = 0;
	line->count = (uint8_t)kept;
	line->sent = 0;
	line->unwritten = 0;
	line->alone = alone && kept > 0;
}
