/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The JSON report's part about HTTP/2. */
#include "report/json/parts.h"

static void put_codes(struct tree *tree, json_t *object, const char *key, const uint64_t counts[STREAM_CODES])
{
	json_t *codes = tree_nest(tree, object, key, json_object());

	for (unsigned i = 0; i < STREAM_CODES; i++)
		if (counts[i])
			tree_put(tree, codes, stream_code_names[i], tree_integer(counts[i]));
}

void json_put_streams(struct tree *tree, json_t *root, const struct report *report)
{
	const struct shard *sum = report->result->sum;
	const struct streams *streams = &sum->streams;
	uint64_t goaways = 0;
	json_t *http2, *wait;

	if (report->plan->protocol != PROTOCOL_HTTP2) {
		tree_put(tree, root, "http2", json_null());
		return;
	}
	for (unsigned i = 0; i < STREAM_CODES; i++)
		goaways += streams->goaways[i];
	http2 = tree_nest(tree, root, "http2", json_object());
	tree_put(tree, http2, "goaways", tree_integer(goaways));
	put_codes(tree, http2, "goaway_codes", streams->goaways);
	put_codes(tree, http2, "resets", streams->resets);
	tree_put(tree, http2, "streams_max",
		 streams->allowed ? tree_integer(streams->allowed - 1) : json_null());
	tree_put(tree, http2, "frames_received", tree_integer(streams->frames_in));
	tree_put(tree, http2, "frames_sent", tree_integer(streams->frames_out));
	tree_put(tree, http2, "head_bytes", tree_integer(streams->head_bytes_in));
	tree_put(tree, http2, "head_fields_bytes", tree_integer(streams->head_fields_in));
	tree_put(tree, http2, "blocked_s", tree_seconds(streams->blocked_ns));
	if (!sum->stream_wait.count)
		return;
	wait = tree_nest(tree, http2, "stream_wait", json_object());
	json_put_percentiles(tree, wait, report, &sum->stream_wait);
	json_put_buckets(tree, wait, &sum->stream_wait);
}
