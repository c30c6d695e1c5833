/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Reads what a saved report says of WebSocket. */
#include <string.h>

#include "report/saved/parts.h"

static const char *matched_by(const json_t *object)
{
	const char *name = json_string_value(json_object_get(object, "matched_by"));

	return name ? name : "";
}

void saved_websocket(struct reader *reader, const json_t *root, struct result *result)
{
	struct websocket *websocket = &result->sum->websocket;
	const json_t *object = json_object_get(root, "websocket"), *closes;

	if (!json_is_object(object))
		return;
	websocket->by_id = !strcmp(matched_by(object), "id");
	websocket->messages = reader_count(reader, object, "messages");
	websocket->pushed = reader_count(reader, object, "pushed");
	websocket->fragmented = reader_count(reader, object, "fragmented");
	websocket->pings = reader_count(reader, object, "pings");
	closes = reader_object(reader, object, "closes");
	for (unsigned i = 0; closes && i < WEBSOCKET_CODES; i++)
		if (json_object_get(closes, websocket_code_names[i]))
			websocket->closes[i] = reader_count(reader, closes, websocket_code_names[i]);
	saved_buckets(reader, reader_object(reader, object, "handshakes"), "handshakes",
		      &websocket->handshake);
	saved_buckets(reader, reader_object(reader, object, "ping"), "ping", &websocket->ping);
}
