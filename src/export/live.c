/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "export/live.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "report/prometheus/otlp.h"

struct live {
	pthread_mutex_t lock; /* guards everything below */
	const struct vastar_plan *plan;
	const struct vastar_run *run; /* NULL: no run in progress */
	const struct result *before;  /* completed runs; NULL: none */
	const struct result *result;  /* NULL: none yet */
	struct totals *totals;
	unsigned part_count;	 /* other processes in the run */
	struct live_part *parts; /* [part_count], owned */
	struct metrics last;
};

struct live *live_new(const struct vastar_plan *plan)
{
	struct live *live = calloc(1, sizeof(*live));

	if (!live)
		return NULL;
	live->totals = totals_new();
	if (!live->totals) {
		free(live);
		return NULL;
	}
	pthread_mutex_init(&live->lock, NULL);
	live->plan = plan;
	live->last = (struct metrics){.plan = plan, .totals = live->totals, .busy = NAN};
	return live;
}

void live_free(struct live *live)
{
	if (!live)
		return;
	pthread_mutex_destroy(&live->lock);
	totals_free(live->totals);
	free(live->parts);
	free(live);
}

bool live_share(struct live *live, unsigned count)
{
	live->parts = calloc(count, sizeof(*live->parts));
	if (!live->parts)
		return false;
	live->part_count = count;
	for (unsigned i = 0; i < count; i++) {
		totals_clear(&live->parts[i].totals);
		live->parts[i].gauges.busy = NAN;
	}
	return true;
}

/* ---- the metrics; under the lock ---- */

static void see_run(struct live *live)
{
	struct run_gauges gauges;
	double before_s = live->before ? ns_to_s(live->before->facts.total_ns) : 0;

	totals_clear(live->totals);
	if (live->before)
		totals_add(live->totals, live->before->sum);
	run_totals(live->run, live->totals);
	run_gauges(live->run, &gauges);
	for (unsigned i = 0; i < live->part_count; i++) {
		const struct live_part *part = &live->parts[i];

		totals_join(live->totals, &part->totals);
		gauges.open_connections += part->gauges.open_connections;
		gauges.in_flight += part->gauges.in_flight;
		gauges.busy = fmax(gauges.busy, part->gauges.busy);
	}
	live->last = (struct metrics){.plan = live->plan,
				      .totals = live->totals,
				      .phase = gauges.phase,
				      .elapsed_s = before_s + ns_to_s(gauges.elapsed_ns),
				      .started_at_s = gauges.started_at_s,
				      .connections_open = gauges.open_connections,
				      .in_flight = gauges.in_flight,
				      .busy = gauges.busy};
}

static void see_result(struct live *live)
{
	const struct run_facts *facts = &live->result->facts;

	totals_clear(live->totals);
	totals_add(live->totals, live->result->sum);
	live->last =
	    (struct metrics){.plan = live->plan,
			     .result = live->result,
			     .totals = live->totals,
			     .phase = VASTAR_FINISHED,
			     .elapsed_s = ns_to_s(facts->total_ns),
			     .started_at_s = (double)facts->started_at_s + facts->started_at_ms / 1e3,
			     .connections_open = facts->connections_open,
			     .busy = result_busiest(live->result, NULL)};
}

/* ---- the interface ---- */

void live_show_part(struct live *live, unsigned part, const struct live_part *now)
{
	pthread_mutex_lock(&live->lock);
	live->parts[part] = *now;
	pthread_mutex_unlock(&live->lock);
}

void live_show_run(struct live *live, const struct vastar_run *run, const struct result *before)
{
	pthread_mutex_lock(&live->lock);
	live->run = run;
	live->before = before;
	pthread_mutex_unlock(&live->lock);
}

void live_detach(struct live *live)
{
	pthread_mutex_lock(&live->lock);
	if (live->run)
		see_run(live);
	live->run = NULL;
	live->before = NULL;
	pthread_mutex_unlock(&live->lock);
}

void live_show_result(struct live *live, const struct result *result)
{
	pthread_mutex_lock(&live->lock);
	live->run = NULL;
	live->result = result;
	see_result(live);
	pthread_mutex_unlock(&live->lock);
}

void live_render(void *context, FILE *out)
{
	struct live *live = context;

	pthread_mutex_lock(&live->lock);
	if (live->run)
		see_run(live);
	metrics_write(&live->last, out);
	pthread_mutex_unlock(&live->lock);
}

void live_render_otlp(void *context, FILE *out)
{
	struct live *live = context;
	struct vastar_error unsaid; /* the rest follows with the next one */
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	pthread_mutex_lock(&live->lock);
	if (live->run)
		see_run(live);
	otlp_write(&live->last, (double)now.tv_sec + (double)now.tv_nsec / 1e9, out, &unsaid);
	pthread_mutex_unlock(&live->lock);
}
