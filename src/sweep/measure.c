/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The run continues as long as necessary. The result is the difference between two snapshots of its shards,
 * one after the warm-up and one at the end. Snapshots in between cut the time into blocks. There are
 * BLOCKS_MAX blocks at most: when they are full, every second snapshot is dropped, and the following
 * blocks are twice as long. With an exact number of requests the figures are those of the whole run, and
 * the snapshots only give its blocks.
 */
#include "sweep/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/run.h"

enum {
	LOOK_MS = 10,
	LOOK_LEAST_MS = 1,
	LOST_MS = 500, /* no connection and no response for this long, but errors: the server is gone */
	PROGRESS_EVERY_MS = 100,
	WARM_UP_EACH = 2, /* responses for each connection before the measurement starts */
	WARM_UP_LEAST_MS = 100,
	WARM_UP_SHARE = 5, /* of the longest allowed time, at most: a fifth */
	DRAIN_SHARE = 5,
	/* At most. Later responses would keep the server busy in the next run. */
	DRAIN_MS = 2000,
	TEN_ABOVE_P999 = 10000, /* with this many responses, ten are above p99.9 */
};

struct look {
	struct run_snapshot at;
	struct hist latency;
};

struct meter {
	const struct measure_settings *how;
	struct vastar_run *run;
	uint32_t concurrency;
	bool warm;
	unsigned count;			    /* of looks; the first is the end of the warm-up */
	struct look *looks[BLOCKS_MAX + 1]; /* owned */
	struct hist *between;		    /* scratch */
	uint64_t block_ns, next_block_ns;
	struct run_snapshot alone; /* the first look with no open connection and no response since */
	bool is_alone;
};

static void meter_free(struct meter *meter)
{
	for (unsigned i = 0; i <= BLOCKS_MAX; i++)
		free(meter->looks[i]);
	free(meter->between);
}

static bool meter_init(struct meter *meter, const struct measure_settings *how, uint32_t concurrency)
{
	*meter = (struct meter){.how = how, .concurrency = concurrency};
	meter->between = malloc(sizeof(*meter->between));
	if (!meter->between)
		return false;
	for (unsigned i = 0; i <= BLOCKS_MAX; i++)
		if (!(meter->looks[i] = malloc(sizeof(*meter->looks[i]))))
			return false;
	/* An exact number of requests takes an unknown time, so start with the shortest blocks. */
	meter->block_ns = how->exact ? LOOK_LEAST_MS * NS_PER_MS
				     : (how->duration_ns ? how->duration_ns : how->least_ns) / BLOCKS_MIN;
	if (!meter->block_ns)
		meter->block_ns = 1;
	return true;
}

static void thin_out(struct meter *meter)
{
	for (unsigned i = 1; i <= BLOCKS_MAX / 2; i++) {
		struct look *kept = meter->looks[2 * i];

		meter->looks[2 * i] = meter->looks[i];
		meter->looks[i] = kept;
	}
	meter->count = BLOCKS_MAX / 2 + 1;
	meter->block_ns *= 2;
}

static void take_look(struct meter *meter)
{
	struct look *look;

	if (meter->count == BLOCKS_MAX + 1)
		thin_out(meter);
	look = meter->looks[meter->count++];
	run_snapshot(meter->run, &look->at, &look->latency);
	meter->next_block_ns = look->at.elapsed_ns + meter->block_ns;
}

/* ---- when to end ---- */

static bool is_warm(const struct meter *meter, const struct run_snapshot *now)
{
	if (meter->how->exact)
		return true;
	if (now->elapsed_ns >= meter->how->most_ns / WARM_UP_SHARE)
		return true;
	return now->elapsed_ns >= WARM_UP_LEAST_MS * NS_PER_MS &&
	       now->responses + now->errors >= (uint64_t)WARM_UP_EACH * meter->concurrency;
}

static bool has_enough(const struct meter *meter, const struct run_snapshot *now)
{
	const struct measure_settings *how = meter->how;
	const struct run_snapshot *begin = &meter->looks[0]->at;
	uint64_t passed = now->elapsed_ns - begin->elapsed_ns, responses = now->responses - begin->responses;
	/* Failed requests count too: a server that never responds must not be measured until --point-max. */
	uint64_t requests = responses + now->errors - begin->errors;
	uint64_t each = (uint64_t)how->each * meter->concurrency;

	if (how->exact)
		return false; /* the run ends by itself */
	if (how->duration_ns)
		return passed >= how->duration_ns;
	if (passed < how->least_ns || requests < (how->requests > each ? how->requests : each))
		return false;
	return passed >= how->prolong_ns || responses >= TEN_ABOVE_P999 || !responses;
}

/* True when the server has gone away: for LOST_MS, every look sees no open connection and no response, but
 * errors. */
static bool is_lost(struct meter *meter, const struct run_snapshot *now)
{
	if (now->open_connections || (meter->is_alone && now->responses != meter->alone.responses)) {
		meter->is_alone = false;
		return false;
	}
	if (!meter->is_alone) {
		meter->is_alone = true;
		meter->alone = *now;
	}
	return now->errors > meter->alone.errors &&
	       now->elapsed_ns - meter->alone.elapsed_ns >= LOST_MS * NS_PER_MS;
}

static void tell(const struct meter *meter, const struct measure_watch *watch)
{
	struct measure_progress progress = {.concurrency = meter->concurrency, .warming_up = !meter->warm};
	struct vastar_progress now;

	vastar_run_progress(meter->run, &now);
	progress.seconds = ns_to_s(now.elapsed_ns);
	progress.rps = progress.seconds > 0 ? (double)now.responses / progress.seconds : 0;
	progress.p99_s = now.p99_s;
	watch->progress(watch->context, &progress);
}

static void tell_now_and_then(const struct meter *meter, const struct measure_watch *watch, uint64_t *nextp)
{
	if (!watch->progress || clock_now_ns() < *nextp)
		return;
	tell(meter, watch);
	*nextp = clock_now_ns() + PROGRESS_EVERY_MS * NS_PER_MS;
}

/* Each block needs two looks at least. For everything else, ten milliseconds are often enough. */
static int wait_ms(const struct meter *meter)
{
	uint64_t half = meter->block_ns / 2 / NS_PER_MS;

	return half < LOOK_LEAST_MS ? LOOK_LEAST_MS : half < LOOK_MS ? (int)half : LOOK_MS;
}

static uint64_t drain_cap_ns(const struct measure_settings *how)
{
	uint64_t share = how->most_ns / DRAIN_SHARE;

	return share < DRAIN_MS * NS_PER_MS ? share : DRAIN_MS * NS_PER_MS;
}

enum ending { HAS_ENOUGH, ENDED_BY_ITSELF, TOOK_TOO_LONG, LOST };

/* Waits until the run has what it needs, or ends. */
static enum ending watch_run(struct meter *meter, const struct measure_watch *watch)
{
	uint64_t next_tell = 0, end_ns = clock_now_ns() + meter->how->most_ns - drain_cap_ns(meter->how);

	while (!vastar_run_wait(meter->run, wait_ms(meter))) {
		struct run_snapshot now;

		run_snapshot(meter->run, &now, NULL);
		tell_now_and_then(meter, watch, &next_tell);
		if (watch->stop && __atomic_load_n(watch->stop, __ATOMIC_RELAXED))
			return HAS_ENOUGH;
		if (clock_now_ns() >= end_ns)
			return meter->how->duration_ns ? HAS_ENOUGH : TOOK_TOO_LONG;
		if (!now.elapsed_ns || (!meter->warm && run_unsettled(meter->run)))
			continue;
		if (is_lost(meter, &now))
			return LOST;
		if (!meter->warm) {
			meter->warm = is_warm(meter, &now);
			if (meter->warm)
				take_look(meter);
		} else if (!meter->is_alone && has_enough(meter, &now)) {
			return HAS_ENOUGH;
		} else if (now.elapsed_ns >= meter->next_block_ns) {
			take_look(meter);
		}
	}
	return ENDED_BY_ITSELF;
}

/* ---- summing up ---- */

static void between(struct meter *meter, unsigned from, unsigned to)
{
	*meter->between = meter->looks[to]->latency;
	hist_subtract(meter->between, &meter->looks[from]->latency);
}

static double rate_between(const struct meter *meter, unsigned from, unsigned to)
{
	const struct run_snapshot *a = &meter->looks[from]->at, *b = &meter->looks[to]->at;

	return b->elapsed_ns > a->elapsed_ns
		   ? (double)(b->responses - a->responses) / ns_to_s(b->elapsed_ns - a->elapsed_ns)
		   : 0;
}

static double percentile_s(const struct meter *meter, double percent)
{
	return ns_to_s(hist_percentile(meter->between, percent));
}

/* Joins the last block to the one before it when it is shorter than half of the others: it would only add
 * noise. */
static void join_short_end(struct meter *meter)
{
	unsigned last = meter->count - 1;

	if (last >= 2 &&
	    meter->looks[last]->at.elapsed_ns - meter->looks[last - 1]->at.elapsed_ns < meter->block_ns / 2) {
		struct look *end = meter->looks[last];

		meter->looks[last] = meter->looks[last - 1];
		meter->looks[last - 1] = end;
		meter->count--;
	}
}

static void sum_up_blocks(struct meter *meter, struct sample *sample)
{
	if (meter->count < 2)
		return;
	join_short_end(meter);
	sample->block_count = meter->count - 1;
	for (unsigned i = 0; i < sample->block_count; i++) {
		between(meter, i, i + 1);
		sample->blocks[i] = (struct block){rate_between(meter, i, i + 1), percentile_s(meter, 50),
						   percentile_s(meter, 99)};
	}
}

/* Computes the figures from the sample's counts and from the latencies of these responses. */
static void fill_figures(struct sample *sample, double rps, const struct hist *latency)
{
	uint64_t requests = sample->responses + sample->errors;

	sample->weak_p99 = hist_weak(latency, 99);
	sample->weak_p999 = hist_weak(latency, 99.9);
	sample->figures = (struct figures){
	    .rps = rps,
	    .p50_s = ns_to_s(hist_percentile(latency, 50)),
	    .p95_s = ns_to_s(hist_percentile(latency, 95)),
	    .p99_s = ns_to_s(hist_percentile(latency, 99)),
	    .p999_s = ns_to_s(hist_percentile(latency, 99.9)),
	    .mean_s = hist_mean_s(latency),
	    .error_rate = requests ? (double)(sample->errors + sample->non_2xx) / (double)requests : 0,
	};
}

/* Sums up the time since the end of the warm-up. */
static void sum_up_looks(struct meter *meter, struct sample *sample)
{
	unsigned last = meter->count - 1;
	const struct run_snapshot *a = &meter->looks[0]->at, *b = &meter->looks[last]->at;

	between(meter, 0, last);
	sample->responses = b->responses - a->responses;
	sample->errors = b->errors - a->errors;
	sample->non_2xx = sample->responses - (b->good - a->good);
	sample->seconds = ns_to_s(b->elapsed_ns - a->elapsed_ns);
	fill_figures(sample, rate_between(meter, 0, last), meter->between);
}

/* Sums up the whole run, from its first send: for an exact number of requests, or for a run that ended
 * during its warm-up. */
static void sum_up_whole(const struct result *result, struct sample *sample)
{
	sample->responses = result->sum->responses;
	sample->errors = result_errors(result) + result->sum->drain_aborted;
	sample->non_2xx = result_non_2xx(result);
	sample->seconds = ns_to_s(result->facts.total_ns);
	fill_figures(sample, result_rps(result), &result->sum->latency);
}

static void say_why(const struct result *result, struct sample *sample)
{
	const struct shard *sum = result->sum;
	uint64_t most = 0;

	sample->unreachable |= !result->facts.connections_open && !sum->responses;
	sample->busy = result_busy(result);
	if (result_held_by(result) != HELD_NOT) {
		sample->held = held_share(&result->facts.held, result_held_by(result));
		snprintf(sample->held_why, sizeof(sample->held_why), "%.*s",
			 (int)sizeof(sample->held_why) - 1, result->verdict_reason);
	}
	sample->workers = result_workers(result);
	for (uint32_t i = 0; i < sum->example_count; i++)
		if (sum->examples[i].code != SHARD_UNTRIED && sum->examples[i].count > most) {
			most = sum->examples[i].count;
			snprintf(sample->why, sizeof(sample->why), "%s", sum->examples[i].text);
		}
}

/* HTTP/2: a level is a number of requests in flight, spread over the connections. */
static void spread_level(struct vastar_settings *settings, uint32_t level, uint32_t connections)
{
	if (!settings->http2 || !connections || level <= connections)
		return;
	settings->concurrency = connections;
	settings->streams = (level + connections - 1) / connections;
	settings->in_flight = level;
}

static int make_plan(const struct vastar_settings *request, uint32_t concurrency, uint32_t workers,
		     const struct measure_settings *how, struct vastar_plan **planp, struct vastar_error *err)
{
	struct vastar_settings settings = *request;
	int rc;

	settings.concurrency = concurrency;
	spread_level(&settings, concurrency, how->connections);
	settings.requests = how->exact ? how->requests : 0;
	/* The sweep ends the run itself, so the plan's own time only has to be longer. */
	settings.duration_ns =
	    how->exact ? 0 : 2 * how->most_ns + (how->duration_ns ? 2 * how->duration_ns : 0);
	settings.drain_cap_ns = drain_cap_ns(how);
	if (how->exact && settings.requests < concurrency)
		settings.requests = concurrency;
	rc = vastar_plan_new(&settings, planp, err);
	if (!rc)
		plan_start_with(*planp, workers);
	return rc;
}

int measure(const struct vastar_settings *settings, uint32_t concurrency, uint32_t workers,
	    const struct measure_settings *how, const struct measure_watch *watch, struct sample *sample,
	    struct vastar_error *err)
{
	struct vastar_plan *plan = NULL;
	struct result *result = NULL;
	struct meter meter;
	int rc;

	*sample = (struct sample){0};
	if (!meter_init(&meter, how, concurrency))
		rc = err_nomem(err, "blocks of a sweep");
	else if (!(rc = make_plan(settings, concurrency, workers, how, &plan, err)) &&
		 !(rc = vastar_run_start(plan, &meter.run, err))) {
		enum ending ending = watch_run(&meter, watch);

		sample->cut = ending == TOOK_TOO_LONG;
		sample->unreachable = ending == LOST;
		if (meter.warm)
			take_look(&meter);
		vastar_run_stop(meter.run);
		rc = run_collect(meter.run, &result, err);
		run_free(meter.run);
	}
	if (!rc) {
		say_why(result, sample);
		sum_up_blocks(&meter, sample);
		if (how->exact || meter.count < 2)
			sum_up_whole(result, sample);
		else
			sum_up_looks(&meter, sample);
	}
	result_free(result);
	vastar_plan_free(plan);
	meter_free(&meter);
	return rc;
}
