/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report_fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/formats.h"

enum { US = 1000, MS = 1000000 };

static double next_uniform(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

/* Box and Muller's transform of two uniform numbers. */
static double next_normal(uint64_t *state)
{
	return sqrt(-2 * log(next_uniform(state))) * cos(6.283185307179586 * next_uniform(state));
}

static void answer(struct shard *shard, uint64_t ns, unsigned status, uint64_t bytes, bool late)
{
	struct exchange_times times = {.due_ns = 1000, .sent_ns = 1000};

	times.written_ns = times.sent_ns + ns / 100;
	times.first_ns = times.sent_ns + ns - ns / 50;
	times.last_ns = times.sent_ns + ns;
	shard_response(shard, &times, times.sent_ns, status, bytes, late);
}

/* About the README's run: 3000 requests over 300 connections, 48 ms each. */
static void fill_usual(struct vastar_plan *plan, struct shard *shard, struct run_facts *facts)
{
	uint64_t random = 7;

	(void)plan;
	for (unsigned i = 0; i < 3000; i++) {
		double ms = i % 6 ? 50 + 11 * next_normal(&random) : 1.2 + 30 * next_uniform(&random);

		answer(shard, (uint64_t)(fmax(ms, 1.2) * MS), 200, 2068, false);
		hist_record(&shard->send_lateness, 3000 + i);
	}
	for (unsigned i = 0; i < 300; i++)
		span_record(&shard->phases[PHASE_CONNECT], (uint64_t)(100 + i) * US);
	facts->total_ns = 502700 * (uint64_t)US;
}

/* Responses of a local server: tens of microseconds. */
static void fill_fast(struct vastar_plan *plan, struct shard *shard, struct run_facts *facts)
{
	uint64_t random = 99;

	plan->requests = UINT64_MAX;
	plan->duration_ns = 10000ull * MS;
	facts->by_duration = true;
	facts->total_ns = 10000ull * MS;
	for (unsigned i = 0; i < 200000; i++)
		answer(shard, (uint64_t)(34120 * exp(0.3 * next_normal(&random))), 200, 13, false);
	answer(shard, 1234567, 200, 13, false);
}

/* One response that takes a thousand times as long as the others. */
static void fill_outlier(struct vastar_plan *plan, struct shard *shard, struct run_facts *facts)
{
	uint64_t random = 5;

	fill_usual(plan, shard, facts);
	for (unsigned i = 0; i < 20000; i++)
		answer(shard, (uint64_t)(34120 * exp(0.5 * next_normal(&random))), 200, 13, false);
	answer(shard, 4321ull * MS, 200, 13, false);
	facts->cpu_busy[0] = 0.934;
}

/* A fixed delay of 5 ms and one response after a second. */
static void fill_spike(struct vastar_plan *plan, struct shard *shard, struct run_facts *facts)
{
	uint64_t random = 3;

	(void)plan;
	for (unsigned i = 0; i < 5000; i++)
		answer(shard, (uint64_t)(5 * MS + 100 * US * exp(0.5 * next_normal(&random))), 200, 13,
		       false);
	answer(shard, 1005ull * MS, 200, 13, false);
	facts->total_ns = 1005ull * MS;
}

/* Everything that can go wrong, with hostile texts, SLO targets and an interruption. */
static void fill_troubled(struct vastar_plan *plan, struct shard *shard, struct run_facts *facts)
{
	fill_usual(plan, shard, facts);
	for (unsigned i = 0; i < 150; i++)
		answer(shard, 9 * MS + i * 10 * US, i % 3 ? 503 : 301, 100, i % 10 == 0);
	for (unsigned i = 0; i < 42; i++)
		shard_error(shard, ERROR_RESET, 104, (uint64_t)(i + 1) * 100 * US,
			    "Connection reset by peer");
	for (unsigned i = 0; i < 7; i++)
		shard_error(shard, ERROR_TIMEOUT, 0, 1000 * MS, "no response within 1s");
	for (int i = 0; i < 8; i++)
		shard_error(shard, ERROR_PROTOCOL, i, MS, "chunk size 'XY' is not hexadecimal");
	/* Texts that should never get this far. */
	strcpy(shard->examples[shard->example_count - 1].text, "status line '\x1b[2J\xff' is not HTTP");
	shard->examples[shard->example_count - 1].count = 9;
	shard->drain_aborted = 3;
	shard->retried = 12;
	shard->stray = 1;
	shard->oddities[ODD_MISSED_TICK] = 17;
	shard->oddities[ODD_RECONNECT] = 55;
	plan->pace.kind = PACE_CONNECTION;
	plan->connection_rate = 12.5;
	plan->slo = (struct slo_targets){
	    .count = 3,
	    .targets = {{"p50", 50, 60ull * MS}, {"p95", 95, 70500ull * US}, {"p99", 99, 250ull * MS}},
	    .rates = {[SLO_RPS] = {.set = true, .limit = 6000}, [SLO_ERRORS] = {.set = true, .limit = 0.05}}};
	facts->connections_open = 280;
	facts->drain_ns = 2000ull * MS;
	facts->interrupted = true;
	facts->cpu_busy[1] = 0.93;
	strcpy(facts->cpu_model, "\xff\xfe broken \x01 name");
	strcpy(facts->note,
	       "redirects to another host were not followed (use --redirect-hosts to follow them), so "
	       "150 of the responses are redirects.");
}

/* A target that refuses every connection. */
static void fill_nothing(struct vastar_plan *plan, struct shard *shard, struct run_facts *facts)
{
	(void)plan;
	for (unsigned i = 0; i < 200; i++)
		shard_error(shard, ERROR_CONNECT, 111, 80 * US + i * 100, "connection refused");
	facts->connections_open = 0;
	facts->total_ns = 2000ull * MS;
}

/* Stopped before the first request. */
static void fill_empty(struct vastar_plan *plan, struct shard *shard, struct run_facts *facts)
{
	(void)plan;
	(void)shard;
	facts->total_ns = 0;
	facts->interrupted = true;
}

static void fill_single(struct vastar_plan *plan, struct shard *shard, struct run_facts *facts)
{
	(void)plan;
	answer(shard, 123456, 204, 0, false);
	facts->total_ns = 123456;
	facts->connections = facts->connections_open = 1;
	facts->workers = 1;
}

const struct fixture fixtures[] = {
    {"usual", fill_usual}, {"fast", fill_fast},		{"outlier", fill_outlier},
    {"spike", fill_spike}, {"troubled", fill_troubled}, {"nothing", fill_nothing},
    {"empty", fill_empty}, {"single", fill_single},
};
const unsigned fixture_count = sizeof(fixtures) / sizeof(*fixtures);

static struct vastar_plan *plan_fabricate(void)
{
	struct vastar_plan *plan = calloc(1, sizeof(*plan));

	if (!plan)
		abort();
	plan->url = strdup("http://localhost:3081/api/gw/trigger");
	plan->method = strdup("POST");
	plan->connections = 300;
	plan->pipeline = 1;
	plan->streams = 1;
	plan->workers = 2;
	plan->requests = 3000;
	plan->timeout_ns = 20000ull * MS;
	plan->drain_cap_ns = 2000ull * MS;
	plan->keepalive = plan->compression = plan->follow_redirects = true;
	plan->request.length = 187;
	return plan;
}

/* A row for each second, as if all seconds had been alike. */
static void add_intervals(struct result *result)
{
	const struct hist *latency = &result->sum->latency;
	uint64_t left_ns = result->facts.total_ns + result->facts.drain_ns;
	uint32_t count = (uint32_t)((left_ns + 1000ull * MS - 1) / (1000ull * MS));
	uint64_t responses = result->sum->responses, errors = result_errors(result);

	result->intervals = calloc(count ? count : 1, sizeof(*result->intervals));
	if (!result->intervals)
		abort();
	result->interval_count = count;
	for (uint32_t i = 0; i < count; i++) {
		bool last = i + 1 == count;

		result->intervals[i] = (struct interval){
		    .start_ns = i * 1000ull * MS,
		    .length_ns = left_ns < 1000ull * MS ? left_ns : 1000ull * MS,
		    .responses = last ? responses - i * (responses / count) : responses / count,
		    .errors = last ? errors - i * (errors / count) : errors / count,
		    .p50_ns = hist_percentile(latency, 50),
		    .p99_ns = hist_percentile(latency, 99),
		    .max_ns = latency->max_ns,
		    .open_connections = result->facts.connections_open,
		};
		left_ns -= result->intervals[i].length_ns;
	}
}

struct report *fixture_new(const char *name)
{
	struct result *result;
	struct report *report;
	struct vastar_plan *plan = plan_fabricate();
	struct shard *shard = shard_new();
	struct run_facts facts = {
	    .started_at_s = 1700000000,
	    .started_at_ms = 42,
	    .connections = 300,
	    .connections_open = 300,
	    .workers = 2,
	    .cpu_busy = calloc(2, sizeof(double)),
	    .features =
		"defer_taskrun,taskrun_flag,registered_ring_fd,fixed_files,fixed_buffers,multishot_recv",
	    .kernel = "6.18.5",
	    .cpu_model = "Example CPU @ 3.00GHz",
	    .cpu_count = 8,
	    .usable_cpus = 4,
	    .ram_mb = 16000,
	};
	unsigned i = 0;

	while (i < fixture_count && strcmp(fixtures[i].name, name))
		i++;
	report = calloc(1, sizeof(*report));
	if (i == fixture_count || !shard || !report || !facts.cpu_busy)
		abort();
	facts.cpu_busy[0] = 0.31;
	facts.cpu_busy[1] = 0.42;
	fixtures[i].fill(plan, shard, &facts);
	report->plan = plan;
	result = result_new(&shard, 1, &facts);
	if (!result)
		abort();
	add_intervals(result);
	report->result = result;
	report->options = (struct vastar_report_options){.size = sizeof(report->options), .hist_bins = 11};
	shard_free(shard);
	return report;
}

void fixture_free(struct report *report)
{
	struct vastar_plan *plan = (struct vastar_plan *)report->plan;

	free(plan->url);
	free(plan->method);
	free(plan);
	result_free((struct result *)report->result);
	free(report);
}

char *fixture_write(const struct report *report, const char *format)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out || report_format_find(format)->write(report, out, NULL) || fclose(out))
		abort();
	return text;
}
