/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "calibrate/calibrate.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "engine/cpu.h"
#include "engine/run.h"
#include "serve/child.h"

enum {
	/* 1, 2, 4 ... PLAN_WORKERS_MAX, one that is not a power of two, and one for workers that follow
	 * the load. */
	SERVERS_MAX = 13,
	GLANCE_MS = 100, /* how soon a request to stop is noticed */
};

struct calibration {
	const struct calibrate_settings *settings;
	struct serve_child servers[SERVERS_MAX];
	uint32_t workers[SERVERS_MAX]; /* workers of the clients of each server; 0: they follow the load */
	unsigned server_count;	       /* servers that have been started */
	struct ceiling *ceiling;
	struct ceiling_row *samples; /* [row][repeat] */
	uint32_t rows, taken;	     /* complete runs, over all rows */
};

static bool stopped(const struct calibration *calibration)
{
	const bool *stop = calibration->settings->stop;

	return stop && __atomic_load_n(stop, __ATOMIC_RELAXED);
}

/* ---- the servers ---- */

/* Starts a server with `threads` threads, whose clients will have `workers` workers. */
static int start_server(struct calibration *calibration, uint32_t threads, uint32_t workers,
			struct vastar_error *err)
{
	struct serve_settings settings;
	int rc;

	serve_settings_init(&settings);
	settings.address = "127.0.0.1:0";
	settings.workers = threads;
	calibration->workers[calibration->server_count] = workers;
	rc = serve_child_start(&calibration->servers[calibration->server_count], &settings, err);
	calibration->server_count += !rc;
	return rc;
}

static int start_servers(struct calibration *calibration, struct vastar_error *err)
{
	uint32_t usable = calibration->ceiling->machine.usable_cpus, most = calibration->settings->workers;
	int rc = 0;

	if (!most)
		most = usable;
	for (uint32_t workers = 1; !rc && workers < most; workers *= 2)
		rc = start_server(calibration, workers, workers, err);
	if (!rc)
		rc = start_server(calibration, most, most, err);
	/* The setup of a run without -w against a server without -w. */
	if (!rc && !calibration->settings->workers)
		rc = start_server(calibration, usable > 1 ? usable / 2 : 1, 0, err);
	return rc;
}

static void stop_servers(struct calibration *calibration)
{
	while (calibration->server_count)
		serve_child_stop(&calibration->servers[--calibration->server_count]);
}

/* ---- one run ---- */

static uint64_t own_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static int make_plan(const struct calibration *calibration, unsigned server, uint32_t concurrency,
		     struct vastar_plan **planp, struct vastar_error *err)
{
	struct vastar_settings settings;
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", calibration->servers[server].port);
	vastar_settings_init(&settings);
	settings.url = url;
	settings.concurrency = concurrency;
	settings.workers = calibration->workers[server];
	settings.duration_ns = calibration->settings->duration_ns;
	return vastar_plan_new(&settings, planp, err);
}

static int run(const struct calibration *calibration, const struct vastar_plan *plan, struct result **resultp,
	       struct vastar_error *err)
{
	struct vastar_run *run;
	int rc = vastar_run_start(plan, &run, err);

	if (rc)
		return rc;
	while (!vastar_run_wait(run, GLANCE_MS))
		if (stopped(calibration))
			vastar_run_stop(run);
	rc = run_collect(run, resultp, err);
	run_free(run);
	return rc;
}

static int take_sample(const struct calibration *calibration, unsigned server, uint32_t concurrency,
		       struct ceiling_row *row, struct vastar_error *err)
{
	const struct serve_child *child = &calibration->servers[server];
	struct vastar_plan *plan = NULL;
	struct result *result = NULL;
	uint64_t client_ns = own_cpu_ns(), server_ns = serve_child_cpu_ns(child);
	int rc = make_plan(calibration, server, concurrency, &plan, err);

	if (!rc)
		rc = run(calibration, plan, &result, err);
	client_ns = own_cpu_ns() - client_ns;
	server_ns = serve_child_cpu_ns(child) - server_ns;
	if (!rc && !(result_rps(result) > 0) && !stopped(calibration)) /* drain only: not a rate */
		rc = err_set(err, VASTAR_E_SYSTEM,
			     "calibrate: no response arrived in time with %u connections (use a longer -z, "
			     "or fewer connections: --conc)",
			     concurrency);
	if (!rc && result_rps(result) > 0) {
		double responses = (double)result->sum->responses;
		const struct hist *latency = &result->sum->latency;

		*row = (struct ceiling_row){.workers = result_workers(result),
					    .follows_load = !calibration->workers[server],
					    .concurrency = concurrency,
					    .rps = result_rps(result),
					    .cpu_s = ns_to_s(client_ns) / responses,
					    .server_cpu_s = ns_to_s(server_ns) / responses,
					    .p50_s = ns_to_s(hist_percentile(latency, 50)),
					    .p99_s = ns_to_s(hist_percentile(latency, 99))};
	}
	result_free(result);
	vastar_plan_free(plan);
	return rc;
}

/* ---- all of them ---- */

static bool has_row(const struct calibration *calibration, unsigned server, unsigned level)
{
	uint32_t connections = calibration->settings->conc[level];

	/* A connection belongs to one worker, however busy that worker is. */
	return calibration->workers[server] ? connections >= calibration->workers[server] : connections > 1;
}

static uint32_t count_rows(const struct calibration *calibration)
{
	uint32_t count = 0;

	for (unsigned server = 0; server < calibration->server_count; server++)
		for (unsigned level = 0; level < calibration->settings->conc_count; level++)
			count += has_row(calibration, server, level);
	return count;
}

/* Runs every row once. A run that was cut short is not a sample. */
static int take_round(struct calibration *calibration, uint32_t repeat, struct vastar_error *err)
{
	const struct calibrate_settings *settings = calibration->settings;
	uint32_t row = 0;
	int rc = 0;

	for (unsigned server = 0; server < calibration->server_count; server++)
		for (unsigned level = 0; level < settings->conc_count; level++) {
			if (!has_row(calibration, server, level))
				continue;
			if (settings->on_run)
				settings->on_run(settings->context, calibration->taken + 1,
						 calibration->rows * settings->repeats);
			rc = take_sample(calibration, server, settings->conc[level],
					 &calibration->samples[row++ * settings->repeats + repeat], err);
			if (rc || stopped(calibration))
				return rc;
			calibration->taken++;
		}
	return 0;
}

static int by_rate(const void *a, const void *b)
{
	double one = ((const struct ceiling_row *)a)->rps, other = ((const struct ceiling_row *)b)->rps;

	return (one > other) - (one < other);
}

/* Keeps for each row the run with the median rate, so that all figures of a row come from one run. Of an
 * even number of runs it keeps the slower of the two in the middle. Rows without a complete run are left
 * out. */
static void sum_up(const struct calibration *calibration)
{
	struct ceiling *ceiling = calibration->ceiling;

	for (uint32_t row = 0; row < calibration->rows; row++) {
		uint32_t repeats = calibration->settings->repeats,
			 whole = calibration->taken / calibration->rows;
		struct ceiling_row *samples = &calibration->samples[row * repeats];

		whole += row < calibration->taken % calibration->rows;
		if (!whole)
			continue;
		qsort(samples, whole, sizeof(*samples), by_rate);
		ceiling->rows[ceiling->count++] = samples[(whole - 1) / 2];
	}
}

static int measure(struct calibration *calibration, struct vastar_error *err)
{
	const struct calibrate_settings *settings = calibration->settings;
	struct ceiling *ceiling = calibration->ceiling;
	int rc = 0;

	calibration->rows = count_rows(calibration);
	if (!calibration->rows)
		return err_set(err, VASTAR_E_USAGE,
			       "--conc: a worker needs at least one connection (give higher levels)");
	calibration->samples =
	    calloc((size_t)calibration->rows * settings->repeats, sizeof(*calibration->samples));
	ceiling->rows = calloc(calibration->rows, sizeof(*ceiling->rows));
	if (!calibration->samples || !ceiling->rows)
		return err_nomem(err, "calibrate");
	for (uint32_t i = 0; !rc && i < settings->repeats && !stopped(calibration); i++)
		rc = take_round(calibration, i, err);
	if (!rc)
		sum_up(calibration);
	ceiling->interrupted = stopped(calibration);
	return rc;
}

int calibrate(const struct calibrate_settings *settings, struct ceiling *ceiling, struct vastar_error *err)
{
	struct calibration calibration = {.settings = settings, .ceiling = ceiling};
	int rc;

	*ceiling = (struct ceiling){.started_at_s = (int64_t)time(NULL),
				    .duration_s = ns_to_s(settings->duration_ns),
				    .repeats = settings->repeats};
	cpu_describe(&ceiling->machine);
	rc = start_servers(&calibration, err);
	if (!rc)
		rc = measure(&calibration, err);
	stop_servers(&calibration);
	free(calibration.samples);
	if (rc)
		ceiling_free(ceiling);
	return rc;
}
