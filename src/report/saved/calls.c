/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Reads the gRPC part of a saved report. */
#include "report/saved/parts.h"

static void read_statuses(struct reader *reader, const json_t *root, struct shard *sum)
{
	const json_t *statuses = reader_object(reader, root, "grpc_status");
	const json_t *texts = json_object_get(root, "grpc_messages");
	struct calls *calls = &sum->calls;
	uint64_t total = 0;

	for (unsigned i = 0; statuses && i < CALL_STATUSES; i++) {
		const char *text = json_string_value(json_object_get(texts, call_status_names[i]));

		if (json_object_get(statuses, call_status_names[i]))
			calls->status[i] = reader_count(reader, statuses, call_status_names[i]);
		total += calls->status[i];
		calls_say(calls, i, text ? text : "");
	}
	if (total != sum->responses)
		reader_complain(reader, "its gRPC statuses do not add up to its responses");
	sum->good = calls->status[0];
}

static void read_latency(struct reader *reader, const json_t *root, struct shard *sum)
{
	const json_t *classes = json_object_get(root, "latency_by_grpc_status");
	struct hist *failed = &sum->calls.failed_latency;

	if (sum->good == sum->responses)
		return;
	if (sum->good)
		saved_buckets(reader, reader_object(reader, classes, "other"), "other", failed);
	else
		hist_merge(failed, &sum->latency);
	if (failed->count != sum->responses - sum->good)
		reader_complain(reader, "its latencies of failed calls do not add up to them");
	for (uint32_t i = 0; i < HIST_BUCKETS; i++)
		if (failed->counts[i] > sum->latency.counts[i]) {
			reader_complain(reader, "its latencies of failed calls are not part of the total");
			return;
		}
}

static void read_times(struct reader *reader, const json_t *messages, const char *name, struct hist *times)
{
	if (json_is_object(json_object_get(messages, name)))
		saved_buckets(reader, reader_object(reader, messages, name), name, times);
}

void saved_calls(struct reader *reader, const json_t *root, struct result *result)
{
	struct shard *sum = result->sum;
	const json_t *messages;

	if (!json_is_object(json_object_get(root, "grpc_status")))
		return;
	messages = reader_object(reader, root, "messages");
	sum->calls.sent = reader_count(reader, messages, "sent");
	sum->calls.received = reader_count(reader, messages, "received");
	read_times(reader, messages, "first", &sum->calls.first_message);
	read_times(reader, messages, "gap", &sum->calls.message_gap);
	read_latency(reader, root, sum);
}

void saved_call_statuses(struct reader *reader, const json_t *root, struct shard *sum)
{
	if (json_is_object(json_object_get(root, "grpc_status")))
		read_statuses(reader, root, sum);
}
