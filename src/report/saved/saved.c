/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The inverse of json.c, section by section. */
#include "report/saved/saved.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/reader.h"
#include "report/saved/parts.h"

/* A merge of many runs may have more connections and workers than a single run. */
enum { TEXT_MOST = 4096, CONNECTIONS_MOST = 1 << 30, WORKERS_MOST = 1 << 20 };

/* For dates, in the year 2252: with ten more years their nanoseconds still fit 64 bits. */
static const int64_t MS_MOST = 8900000000000;

/* ---- the plan ---- */

static char *copy_of(struct reader *reader, const json_t *object, const char *key)
{
	const char *text = reader_text(reader, object, key);

	if (strlen(text) > TEXT_MOST)
		reader_complain(reader, "its %s is too long", key);
	return strndup(text, TEXT_MOST);
}

static void read_load_model(struct reader *reader, const json_t *params, struct vastar_plan *plan)
{
	const char *model = reader_text(reader, params, "load_model"),
		   *arrivals = json_string_value(json_object_get(params, "arrivals"));

	plan->rate = reader_number_or(reader, params, "rate", 0);
	plan->connection_rate = reader_number_or(reader, params, "connection_rate", 0);
	plan->new_connections = reader_number_or(reader, params, "new_connections", 0);
	plan->seed = reader_count_or(reader, params, "seed", 0);
	for (int i = 0; arrivals && i < ARRIVALS_KINDS; i++)
		if (!strcmp(arrivals, arrivals_names[i]))
			plan->arrivals = (enum arrivals_kind)i;
	if (!strcmp(model, "open"))
		plan->pace.kind = PACE_OPEN;
	else if (strcmp(model, "closed"))
		reader_complain(reader, "its load_model is neither open nor closed");
	else if (plan->connection_rate > 0)
		plan->pace.kind = PACE_CONNECTION;
}

/* Reads the requested stages. What each stage measured is not read back. */
static void read_schedule(struct reader *reader, const json_t *params, struct vastar_plan *plan)
{
	struct schedule *schedule = &plan->schedule;
	const json_t *stages = json_object_get(params, "stages"), *stage;
	size_t i;

	schedule->burst = (uint32_t)reader_count_or(reader, params, "burst", 0);
	plan->warmup_ns = reader_ns_or(reader, params, "warmup_s", 0);
	if (schedule->burst > SCHEDULE_BURST_MAX || json_array_size(stages) > SCHEDULE_STAGES_MAX) {
		reader_complain(reader, "its stages or burst are too many");
		return;
	}
	json_array_foreach(stages, i, stage)
	{
		double from = reader_number_or(reader, stage, "from", 0),
		       to = reader_number_or(reader, stage, "to", 0);
		uint64_t length_ns = reader_ns_or(reader, stage, "duration_s", SCHEDULE_ENDLESS);
		bool last = i + 1 == json_array_size(stages);

		if (from > SCHEDULE_RATE_MAX || to > SCHEDULE_RATE_MAX || !length_ns ||
		    (length_ns == SCHEDULE_ENDLESS && (!last || from != to))) {
			reader_complain(reader, "stage %zu is invalid", i + 1);
			return;
		}
		schedule_add(schedule, length_ns, from, to);
	}
}

/* Older files do not have this member. */
static uint32_t read_pipeline(struct reader *reader, const json_t *params)
{
	return json_object_get(params, "pipeline")
		   ? reader_count_within(reader, params, "pipeline", 1, PLAN_PIPELINE_MAX)
		   : 1;
}

/* Older files do not have these members. */
static void read_protocol(struct reader *reader, const json_t *params, struct vastar_plan *plan)
{
	const char *name = json_string_value(json_object_get(params, "protocol"));

	plan->streams = 1;
	if (name && (!strcmp(name, "ws") || !strcmp(name, "wss"))) {
		plan->protocol = PROTOCOL_WEBSOCKET;
		plan->ws.in_flight =
		    reader_count_within(reader, params, "ws_per_connection", 1, PLAN_WS_IN_FLIGHT_MAX);
		plan->ws.deflate = json_is_true(json_object_get(params, "ws_deflate"));
		plan->ws.listen = json_is_true(json_object_get(params, "ws_listen"));
		plan->target.tls = !strcmp(name, "wss");
	}
	if (!name || (strcmp(name, "h2") != 0 && strcmp(name, "h2c") != 0))
		return;
	plan->protocol = PROTOCOL_HTTP2;
	plan->target.tls = !strcmp(name, "h2");
	plan->streams = reader_count_within(reader, params, "streams", 1, PLAN_STREAMS_MAX);
}

/* Only parts of a shared run have this member. */
static void read_share(struct reader *reader, const json_t *params, struct vastar_plan *plan)
{
	const json_t *share = json_object_get(params, "share");

	if (!share)
		return;
	plan->share.count = reader_count_within(reader, share, "of", 2, SHARES_MAX);
	plan->share.index = reader_count_within(reader, share, "part", 1, plan->share.count) - 1;
	plan->whole.connections = reader_count_within(reader, share, "concurrency", 1, CONNECTIONS_MOST);
	plan->whole.requests = reader_count_or(reader, share, "requests", UINT64_MAX);
	plan->whole.rate = reader_number_or(reader, share, "rate", 0);
}

/* Older files do not have these members, and they matter to no figure. */
static void read_words(const json_t *params, struct vastar_plan *plan)
{
	const char *command = json_string_value(json_object_get(params, "command"));
	const char *expect = json_string_value(json_object_get(params, "expect"));

	plan->command = command ? strdup(command) : NULL;
	plan->expect = expect ? strdup(expect) : NULL;
}

static void read_plan(struct reader *reader, const json_t *root, struct vastar_plan *plan)
{
	const json_t *params = reader_object(reader, root, "params");

	plan->url = copy_of(reader, params, "url");
	plan->method = copy_of(reader, params, "method");
	read_words(params, plan);
	if (json_is_string(json_object_get(params, "run_id"))) /* older files do not have it */
		plan->run_id = copy_of(reader, params, "run_id");
	plan->connections = reader_count_within(reader, params, "concurrency", 1, CONNECTIONS_MOST);
	plan->pipeline = read_pipeline(reader, params);
	read_protocol(reader, params, plan);
	plan->call.wanted = json_is_object(json_object_get(root, "grpc_status"));
	plan->workers = reader_count_within(reader, params, "workers", 1, WORKERS_MOST);
	plan->duration_ns = reader_ns_or(reader, params, "duration_s", 0);
	plan->requests = plan->duration_ns ? UINT64_MAX : reader_count(reader, params, "requests");
	plan->timeout_ns = reader_ns_or(reader, params, "timeout_s", 0);
	plan->drain_cap_ns = reader_ns_or(reader, params, "drain_cap_s", 0);
	plan->keepalive = json_is_true(json_object_get(params, "keepalive"));
	plan->compression = json_is_true(json_object_get(params, "compression"));
	plan->stream = json_is_true(json_object_get(params, "stream"));
	plan->follow_redirects = json_is_true(json_object_get(params, "follow_redirects"));
	plan->redirect_hosts = json_is_true(json_object_get(params, "redirect_hosts"));
	plan->request.length = (size_t)reader_count_or(reader, params, "request_bytes", 0);
	plan->ws.length = plan->ws.plain_length = plan->request.length;
	read_share(reader, params, plan);
	saved_reach(reader, params, plan);
	read_load_model(reader, params, plan);
	read_schedule(reader, params, plan);
}

static void read_started_at(struct reader *reader, const json_t *root, struct run_facts *facts)
{
	int64_t ms = reader_time_ms(reader_text(reader, root, "started_at"));

	if (ms <= 0 || ms > MS_MOST)
		reader_complain(reader, "its started_at is not a date");
	facts->started_at_s = ms > 0 && ms <= MS_MOST ? ms / 1000 : 0;
	facts->started_at_ms = ms > 0 ? (uint32_t)(ms % 1000) : 0;
}

/* ---- repeats ---- */

static bool read_repeats(struct reader *reader, const json_t *root, struct repeats *repeats)
{
	const json_t *array = json_object_get(root, "repeats"), *run;
	size_t i;

	if (array && json_array_size(array) < 2)
		reader_complain(reader, "its repeats are not a list of two or more runs");
	json_array_foreach(array, i, run)
	{
		struct repeat repeat = {
		    .rps = reader_number_or(reader, run, "rps", NAN),
		    .goodput_rps = reader_number_or(reader, run, "goodput_rps", NAN),
		    .p50_s = reader_number_or(reader, run, "p50_s", NAN),
		    .p90_s = reader_number_or(reader, run, "p90_s", NAN),
		    .p99_s = reader_number_or(reader, run, "p99_s", NAN),
		    .p999_s = reader_number_or(reader, run, "p999_s", NAN),
		    .error_rate = reader_number_or(reader, run, "error_rate", NAN),
		    .cpu = reader_number_or(reader, run, "cpu", NAN),
		};

		if (!json_is_object(run))
			reader_complain(reader, "one of its repeats is invalid");
		if (!repeats_add(repeats, &repeat))
			return false;
	}
	return true;
}

/* ---- the file ---- */

static bool allocate(struct saved *saved)
{
	struct shard *none = NULL;
	struct run_facts facts = {0};

	saved->plan = calloc(1, sizeof(*saved->plan));
	saved->result = result_new(&none, 0, &facts);
	return saved->plan && saved->result;
}

/* False: out of memory. */
static bool read_tree(struct reader *reader, const json_t *root, struct saved *saved)
{
	struct vastar_plan *plan = saved->plan;
	struct result *result = saved->result;

	read_plan(reader, root, plan);
	result->facts.cpu_busy = calloc(plan->workers, sizeof(*result->facts.cpu_busy));
	if (!plan->url || !plan->method || !result->facts.cpu_busy)
		return false;
	result->facts.connections = plan->connections;
	result->facts.workers = plan->workers;
	result->facts.by_duration = plan->duration_ns != 0;
	result->facts.open_loop = plan->pace.kind == PACE_OPEN;
	reader_machine(reader, root, &result->facts);
	read_started_at(reader, root, &result->facts);
	saved_result(reader, root, result);
	if (!saved_mix(reader, root, plan, result))
		return false;
	return read_repeats(reader, root, &saved->repeats);
}

int saved_parse(struct saved *saved, const char *name, const char *bytes, size_t length,
		struct vastar_error *err)
{
	struct reader reader = {""};
	json_t *root = reader_tree(&reader, bytes, length);
	bool memory = true;

	*saved = (struct saved){0};
	if (root)
		reader_kind(&reader, root, "bench", "a benchmark");
	if (!*reader.complaint)
		memory = allocate(saved) && read_tree(&reader, root, saved);
	json_decref(root);
	if (memory && !*reader.complaint)
		return 0;
	saved_free(saved);
	if (!memory)
		return err_nomem(err, name);
	return err_set(err, VASTAR_E_USAGE, "%.200s: %s (give a file that vastar -o json wrote)", name,
		       reader.complaint);
}

int saved_load(struct saved *saved, const char *path, struct vastar_error *err)
{
	char *bytes = NULL;
	size_t length;
	int rc = reader_file("result", path, &bytes, &length, err);

	*saved = (struct saved){0};
	if (!rc)
		rc = saved_parse(saved, path, bytes, length, err);
	free(bytes);
	return rc;
}

void saved_free(struct saved *saved)
{
	vastar_plan_free(saved->plan);
	result_free(saved->result);
	repeats_free(&saved->repeats);
	*saved = (struct saved){0};
}
