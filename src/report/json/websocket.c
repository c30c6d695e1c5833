/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The JSON report's part about WebSocket. */
#include "report/json/parts.h"

static void put_times(struct tree *tree, json_t *object, const struct report *report, const struct hist *hist)
{
	tree_put(tree, object, "count", tree_integer(hist->count));
	json_put_percentiles(tree, object, report, hist);
	json_put_buckets(tree, object, hist);
}

void json_put_websocket(struct tree *tree, json_t *root, const struct report *report)
{
	const struct websocket *websocket = &report->result->sum->websocket;
	json_t *object, *closes;

	if (report->plan->protocol != PROTOCOL_WEBSOCKET) {
		tree_put(tree, root, "websocket", json_null());
		return;
	}
	object = tree_nest(tree, root, "websocket", json_object());
	tree_put(tree, object, "matched_by", tree_string(websocket->by_id ? "id" : "order"));
	tree_put(tree, object, "messages", tree_integer(websocket->messages));
	tree_put(tree, object, "pushed", tree_integer(websocket->pushed));
	tree_put(tree, object, "fragmented", tree_integer(websocket->fragmented));
	tree_put(tree, object, "pings", tree_integer(websocket->pings));
	closes = tree_nest(tree, object, "closes", json_object());
	for (unsigned i = 0; i < WEBSOCKET_CODES; i++)
		if (websocket->closes[i])
			tree_put(tree, closes, websocket_code_names[i], tree_integer(websocket->closes[i]));
	put_times(tree, tree_nest(tree, object, "handshakes", json_object()), report, &websocket->handshake);
	put_times(tree, tree_nest(tree, object, "ping", json_object()), report, &websocket->ping);
}
