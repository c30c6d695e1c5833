/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The JSON report's part about gRPC. */
#include "report/calls.h"

#include "base/pages.h"
#include "report/json/parts.h"

static void put_class(struct tree *tree, json_t *classes, const struct report *report, const char *name,
		      const struct hist *latency)
{
	json_t *object = tree_nest(tree, classes, name, json_object());

	tree_put(tree, object, "responses", tree_integer(latency->count));
	json_put_percentiles(tree, object, report, latency);
	json_put_buckets(tree, object, latency);
}

static void put_classes(struct tree *tree, json_t *root, const struct report *report)
{
	struct hist *scratch = pages_new(sizeof(*scratch));
	const struct hist *fine = scratch ? calls_fine_latency(report->result, scratch) : NULL;

	tree->failed |= !scratch;
	if (fine) {
		json_t *classes = tree_nest(tree, root, "latency_by_grpc_status", json_object());

		put_class(tree, classes, report, "OK", fine);
		put_class(tree, classes, report, "other", &report->result->sum->calls.failed_latency);
	}
	pages_free(scratch, sizeof(*scratch));
}

static void put_times(struct tree *tree, json_t *messages, const struct report *report, const char *name,
		      const struct hist *times)
{
	json_t *object;

	if (!times->count)
		return;
	object = tree_nest(tree, messages, name, json_object());
	json_put_percentiles(tree, object, report, times);
	json_put_buckets(tree, object, times);
}

void json_put_calls(struct tree *tree, json_t *root, const struct report *report)
{
	const struct calls *calls = &report->result->sum->calls;
	json_t *statuses, *texts, *messages;

	if (!report->plan->call.wanted)
		return;
	statuses = tree_nest(tree, root, "grpc_status", json_object());
	texts = tree_nest(tree, root, "grpc_messages", json_object());
	for (unsigned i = 0; i < CALL_STATUSES; i++) {
		if (calls->status[i])
			tree_put(tree, statuses, call_status_names[i], tree_integer(calls->status[i]));
		if (*calls->text[i])
			tree_put(tree, texts, call_status_names[i], tree_string(calls->text[i]));
	}
	messages = tree_nest(tree, root, "messages", json_object());
	tree_put(tree, messages, "sent", tree_integer(calls->sent));
	tree_put(tree, messages, "received", tree_integer(calls->received));
	tree_put(tree, messages, "per_s", tree_real(calls_messages_per_s(report->result)));
	put_times(tree, messages, report, "first", &calls->first_message);
	put_times(tree, messages, report, "gap", &calls->message_gap);
	put_classes(tree, root, report);
}
