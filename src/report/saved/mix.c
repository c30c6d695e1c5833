/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Reads what happened to each of several requests. */
#include <stdlib.h>
#include <string.h>

#include "report/saved/parts.h"

enum { TEXT_MOST = 65536 };

static void read_status_codes(struct reader *reader, const json_t *object, struct mixed_stats *mixed)
{
	const json_t *codes = reader_object(reader, object, "status_codes"), *value;
	uint64_t total;
	const char *name;

	mixed->others = total = reader_count(reader, object, "other_status_codes");
	json_object_foreach((json_t *)codes, name, value)
	{
		char *end;
		unsigned long code = strtoul(name, &end, 10);
		uint64_t count = reader_count(reader, codes, name);

		if (strlen(name) != 3 || *end || code < 100 || code >= STATUS_CODES) {
			reader_complain(reader, "a status code of its by_request is invalid");
			return;
		}
		mixed_status(mixed, (unsigned)code, count);
		total += count;
	}
	if (total != mixed->responses)
		reader_complain(reader, "the status codes of its by_request do not add up");
}

static void read_errors(struct reader *reader, const json_t *object, struct mixed_stats *mixed)
{
	const json_t *kinds = reader_object(reader, object, "errors_by_kind");

	mixed->errors = reader_count(reader, object, "errors");
	for (unsigned kind = 0; kinds && kind < ERROR_KINDS; kind++)
		mixed->failed[kind] = reader_count_or(reader, kinds, error_kind_names[kind], 0);
}

static void read_latency(struct reader *reader, const json_t *object, struct mixed_stats *mixed)
{
	struct hist *latency = &mixed->latency;

	saved_buckets(reader, object, "by_request", latency);
	if (latency->count != mixed->responses)
		reader_complain(reader, "a histogram of its by_request does not have its responses");
	if (!latency->count || *reader->complaint)
		return;
	saved_extremes(reader, "by_request", latency, reader_ns(reader, object, "fastest_s"),
		       reader_ns(reader, object, "slowest_s"));
	saved_moments(reader, latency, reader_number_or(reader, object, "average_s", -1),
		      reader_number_or(reader, object, "stddev_s", -1));
}

/* False: out of memory. */
static bool read_one(struct reader *reader, const json_t *object, struct mix_request *one,
		     struct mixed_stats *mixed)
{
	one->url = strndup(reader_text(reader, object, "url"), TEXT_MOST);
	one->method = strndup(reader_text(reader, object, "method"), TEXT_MOST);
	one->weight = reader_count_within(reader, object, "weight", 1, MIX_WEIGHT_MAX);
	mixed->responses = reader_count(reader, object, "responses");
	mixed->drain_aborted = reader_count(reader, object, "drain_aborted");
	read_errors(reader, object, mixed);
	read_status_codes(reader, object, mixed);
	read_latency(reader, object, mixed);
	return one->url && one->method;
}

bool saved_mix(struct reader *reader, const json_t *root, struct vastar_plan *plan, struct result *result)
{
	const json_t *array = json_object_get(root, "by_request"), *object;
	const char *order = json_string_value(json_object_get(json_object_get(root, "params"), "order"));
	struct shard *sum = result->sum;
	size_t count = json_array_size(array), i;

	if (!array)
		return true;
	if (!count || count > MIX_REQUESTS_MAX) {
		reader_complain(reader, "its by_request is not a list of requests");
		return true;
	}
	if (mix_init(&plan->mix, (uint32_t)count, NULL) || !shard_add_mix(sum, (uint32_t)count))
		return false;
	plan->mix.random = order && !strcmp(order, "random");
	json_array_foreach(array, i, object)
	{
		if (!read_one(reader, object, &plan->mix.requests[i], &sum->mix[i]))
			return false;
		if (*reader->complaint)
			return true;
	}
	return true;
}
