/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Reads the results of a run from its saved report. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/saved/parts.h"

/* ---- the summary ---- */

/* Computes the responses within total_s: the JSON has only the rate made from them. */
static uint64_t on_time(struct reader *reader, const json_t *summary, const char *key, uint64_t total_ns,
			uint64_t most)
{
	double count = reader_number_or(reader, summary, key, 0) * ns_to_s(total_ns);

	if (count <= (double)most + 0.5)
		return total_ns ? (uint64_t)llround(count) : most;
	reader_complain(reader, "its %s counts more responses than there were", key);
	return most;
}

static void read_status_codes(struct reader *reader, const json_t *root, struct shard *sum)
{
	const json_t *codes = reader_object(reader, root, "status_codes"), *value;
	uint64_t total = 0;
	const char *name;

	json_object_foreach((json_t *)codes, name, value)
	{
		char *end;
		unsigned long code = strtoul(name, &end, 10);

		if (strlen(name) != 3 || *end || code < 100 || code >= STATUS_CODES) {
			reader_complain(reader, "one of its status codes is invalid");
			return;
		}
		sum->status[code] = reader_count(reader, codes, name);
		total += sum->status[code];
		if (code >= 200 && code < 300)
			sum->good += sum->status[code];
	}
	if (total != sum->responses)
		reader_complain(reader, "its status codes do not add up to its responses");
}

static void read_summary(struct reader *reader, const json_t *root, struct result *result)
{
	const json_t *summary = reader_object(reader, root, "summary");
	struct run_facts *facts = &result->facts;
	struct shard *sum = result->sum;

	facts->total_ns = reader_ns(reader, summary, "total_s");
	facts->drain_ns = reader_ns(reader, summary, "drain_s");
	facts->connections_open = reader_count_within(reader, summary, "connections_open", 0, UINT32_MAX);
	facts->interrupted = json_is_true(json_object_get(summary, "interrupted"));
	sum->responses = reader_count(reader, summary, "responses");
	sum->drain_aborted = reader_count(reader, summary, "drain_aborted");
	sum->retried = reader_count(reader, summary, "retried");
	sum->stray = reader_count(reader, summary, "stray");
	sum->connections_new = reader_count_or(reader, summary, "new_connections", 0);
	sum->connections_missed = reader_count_or(reader, summary, "new_connections_missed", 0);
	sum->bytes = reader_count(reader, summary, "bytes");
	read_status_codes(reader, root, sum);
	saved_call_statuses(reader, root, sum);
	sum->responses_late =
	    sum->responses - on_time(reader, summary, "rps", facts->total_ns, sum->responses);
	sum->good_late = sum->good - on_time(reader, summary, "goodput_rps", facts->total_ns, sum->good);
}

static void read_phases(struct reader *reader, const json_t *root, struct shard *sum)
{
	const json_t *phases = reader_object(reader, root, "phases");

	for (int i = 0; i < PHASES; i++) {
		/* Older reports lack these. */
		if ((i == PHASE_DNS || i == PHASE_TLS) &&
		    !json_is_object(json_object_get(phases, phase_names[i])))
			continue;
		saved_span(reader, reader_object(reader, phases, phase_names[i]), phase_names[i],
			   &sum->phases[i]);
	}
}

/* ---- errors ---- */

static void read_age(struct reader *reader, const json_t *ages, const char *name, struct hist *hist,
		     uint64_t most)
{
	const json_t *age = reader_object(reader, ages, name);

	saved_buckets(reader, age, name, hist);
	if (hist->count > most)
		reader_complain(reader, "it has more ages of %s than there were", name);
	if (hist->count)
		saved_extremes(reader, name, hist, hist->min_ns, reader_ns(reader, age, "max"));
}

/* A shard separates its examples by code. A saved report has only the text, so the code is a hash of it
 * (FNV-1a, Fowler, Noll and Vo, 1991). */
static int32_t code_of(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return (int32_t)(hash >> 1);
}

static void read_examples(struct reader *reader, const json_t *root, struct shard *sum)
{
	const json_t *examples = reader_array(reader, root, "error_examples"), *value;
	size_t i;

	json_array_foreach(examples, i, value)
	{
		const char *text = json_string_value(value);
		int kind = 0;
		size_t length = 0;

		while (text && kind < ERROR_KINDS &&
		       (strncmp(text, error_kind_names[kind], length = strlen(error_kind_names[kind])) ||
			strncmp(text + length, ": ", 2)))
			kind++;
		if (!text || kind == ERROR_KINDS) {
			reader_complain(reader, "one of its error examples names no kind of error");
			return;
		}
		text += length + 2;
		shard_example(sum, (enum error_kind)kind, code_of(text), 0, text);
	}
}

static void read_errors(struct reader *reader, const json_t *root, struct shard *sum)
{
	const json_t *errors = reader_object(reader, root, "errors");
	const json_t *ages = reader_object(reader, root, "error_ages_s");
	uint64_t total = 0;

	for (int kind = 0; kind < ERROR_KINDS; kind++) {
		/* Older reports lack it. */
		if ((kind == ERROR_PROXY || kind == ERROR_EXPECT) &&
		    !json_object_get(errors, error_kind_names[kind]))
			continue;
		sum->errors[kind] = reader_count(reader, errors, error_kind_names[kind]);
		total += sum->errors[kind];
		read_age(reader, ages, error_kind_names[kind], &sum->error_age[kind], sum->errors[kind]);
	}
	read_age(reader, ages, "drain_aborted", &sum->aborted_age, sum->drain_aborted);
	if (total != reader_count(reader, json_object_get(root, "summary"), "errors"))
		reader_complain(reader, "its errors do not add up");
	read_examples(reader, root, sum);
}

/* ---- latencies ---- */

static void read_latency(struct reader *reader, const json_t *root, struct shard *sum)
{
	const json_t *summary = json_object_get(root, "summary");
	struct hist *latency = &sum->latency;

	saved_buckets(reader, reader_object(reader, root, "latency"), "latency", latency);
	if (latency->count != sum->responses)
		reader_complain(reader, "its histogram does not add up to its responses");
	if (!latency->count)
		return;
	saved_extremes(reader, "latency", latency, reader_ns(reader, summary, "fastest_s"),
		       reader_ns(reader, summary, "slowest_s"));
	saved_moments(reader, latency, reader_number_or(reader, summary, "average_s", -1),
		      reader_number_or(reader, summary, "stddev_s", -1));
}

static uint64_t responses_of_class(const struct shard *sum, unsigned class)
{
	uint64_t responses = 0;

	for (unsigned code = 100 * class; code < 100 * (class + 1); code++)
		responses += sum->status[code];
	return responses;
}

/* Checks for each bucket that the classes are parts of the whole. The rest is 2xx. */
static bool are_parts(const struct shard *sum)
{
	for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
		uint64_t parts = 0;

		for (unsigned k = 0; k < CLASSES; k++)
			parts += sum->class_latency[k].counts[i];
		if (parts > sum->latency.counts[i])
			return false;
	}
	return true;
}

/* Written only when there are several classes. Otherwise all latencies belong to the one class. */
static void read_classes(struct reader *reader, const json_t *root, struct shard *sum)
{
	const json_t *classes = json_object_get(root, "latency_by_status");

	for (unsigned k = 0; k < CLASSES; k++) {
		uint64_t responses = responses_of_class(sum, CLASS_FIRST + k);
		char name[] = {(char)('0' + CLASS_FIRST + k), 'x', 'x', '\0'};

		if (!responses)
			continue;
		if (responses == sum->responses)
			hist_merge(&sum->class_latency[k], &sum->latency);
		else
			saved_buckets(reader, reader_object(reader, classes, name), name,
				      &sum->class_latency[k]);
		if (sum->class_latency[k].count != responses)
			reader_complain(reader, "its %s histogram does not add up to its responses", name);
	}
	if (!are_parts(sum))
		reader_complain(reader, "its latencies by class are not part of the total");
}

/* Open loop: the times from the send, and the requests that the end of the run cut off. */
static void read_service(struct reader *reader, const json_t *root, struct shard *sum)
{
	const json_t *censored;
	uint64_t age;

	saved_buckets(reader, reader_object(reader, root, "service"), "service", &sum->service);
	if (sum->service.count != sum->responses)
		reader_complain(reader, "its service histogram does not add up to its responses");
	censored = reader_object(reader, root, "censored");
	sum->unsent = reader_count(reader, censored, "unsent");
	sum->backlog_max = reader_count(reader, censored, "backlog_max");
	sum->wait_max_ns = reader_ns(reader, censored, "wait_max_s");
	age = reader_ns_or(reader, censored, "max_age_s", 0);
	if (sum->unsent)
		hist_record(&sum->unsent_age, age);
}

/* ---- the client ---- */

static enum verdict verdict_of(struct reader *reader, const char *name)
{
	for (int i = VERDICT_OK; i <= VERDICT_RATE_MISSED; i++)
		if (!strcmp(verdict_names[i], name))
			return (enum verdict)i;
	reader_complain(reader, "its verdict '%.20s' is not known", name);
	return VERDICT_OK;
}

static void read_note(struct reader *reader, const json_t *root, struct run_facts *facts)
{
	const char *note = json_string_value(json_array_get(reader_array(reader, root, "notes"), 0));

	snprintf(facts->note, sizeof(facts->note), "%s", note ? note : "");
}

/* Files of older versions of vastar lack these members. */
static double read_share(struct reader *reader, const json_t *client, const char *key)
{
	double share = reader_number_or(reader, client, key, NAN);

	if (share > 1)
		reader_complain(reader, "its %s is not a share", key);
	return share;
}

static void read_client(struct reader *reader, const json_t *root, struct result *result)
{
	const json_t *client = reader_object(reader, root, "client");
	const json_t *busy = reader_array(reader, client, "cpu_busy");
	const json_t *oddities = reader_object(reader, client, "oddities");
	struct run_facts *facts = &result->facts;

	if (json_array_size(busy) != facts->workers) {
		reader_complain(reader, "its cpu_busy does not fit its %u workers", facts->workers);
		return;
	}
	for (uint32_t i = 0; i < facts->workers; i++) {
		double share = json_number_value(json_array_get(busy, i));

		if (!(share >= 0 && share < 1e6))
			reader_complain(reader, "a value of its cpu_busy is not a share");
		else
			facts->cpu_busy[i] = share;
	}
	facts->late_ns = reader_ns_or(reader, client, "start_late_s", 0);
	facts->held.throttled = read_share(reader, client, "throttled");
	facts->held.stolen = read_share(reader, client, "stolen");
	facts->held.run_delay = read_share(reader, client, "run_delay");
	result->verdict = verdict_of(reader, reader_text(reader, client, "verdict"));
	reader_copy(client, "reason", result->verdict_reason, sizeof(result->verdict_reason));
	result->is_void = json_is_true(json_object_get(client, "void"));
	for (int i = 0; i < ODDITIES; i++)
		result->sum->oddities[i] = reader_count(reader, oddities, oddity_names[i]);
	read_note(reader, root, facts);
}

/* ---- the result ---- */

void saved_result(struct reader *reader, const json_t *root, struct result *result)
{
	read_summary(reader, root, result);
	read_latency(reader, root, result->sum);
	read_classes(reader, root, result->sum);
	if (result->facts.open_loop)
		read_service(reader, root, result->sum);
	read_phases(reader, root, result->sum);
	saved_streams(reader, root, result);
	saved_calls(reader, root, result);
	saved_events(reader, root, result);
	saved_websocket(reader, root, result);
	saved_tls(reader, root, result);
	read_errors(reader, root, result->sum);
	read_client(reader, root, result);
}
