/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The sweep as metrics for Prometheus: a sample for each level, and the sweet spot. */
#include <inttypes.h>

#include "report/emit.h"
#include "report/prometheus/exposition.h"
#include "sweep/sweep.h"

struct column {
	const char *name, *help;
	size_t offset; /* of the figure in struct figures */
};

static const struct column columns[] = {
    {"vastar_sweep_responses_per_second", "Responses per second at a level of concurrency.",
     offsetof(struct figures, rps)},
    {"vastar_sweep_p50_seconds", "Median response time at a level.", offsetof(struct figures, p50_s)},
    {"vastar_sweep_p99_seconds", "99th percentile of the response time at a level.",
     offsetof(struct figures, p99_s)},
    {"vastar_sweep_p999_seconds", "99.9th percentile of the response time at a level.",
     offsetof(struct figures, p999_s)},
    {"vastar_sweep_error_ratio", "Share of requests without a response or with one other than 2xx.",
     offsetof(struct figures, error_rate)},
};

static void put_level(const struct exposition *e, const char *name, const struct point *point, double value)
{
	char level[16];

	snprintf(level, sizeof(level), "%" PRIu32, point->concurrency);
	exposition_sample(e, name, "concurrency", level, value);
}

static void put_points(const struct exposition *e, const struct sweep *sweep)
{
	for (size_t k = 0; k < sizeof(columns) / sizeof(*columns); k++) {
		exposition_family(e, columns[k].name, "gauge", columns[k].help);
		for (unsigned i = 0; i < sweep->count; i++) {
			const struct point *point = &sweep->points[i];
			const char *figures = (const char *)&point->target.median;

			if (point_measured(point))
				put_level(e, columns[k].name, point,
					  *(const double *)(const void *)(figures + columns[k].offset));
		}
	}
	exposition_family(e, "vastar_sweep_passed", "gauge", "1 if the level passed every gate.");
	for (unsigned i = 0; i < sweep->count; i++)
		if (point_measured(&sweep->points[i]))
			put_level(e, "vastar_sweep_passed", &sweep->points[i],
				  !sweep->points[i].disqualified[0]);
}

/* 0 everywhere when no level was picked, as in the JSON. */
static void put_spot(const struct exposition *e, const struct sweep *sweep)
{
	const struct sweet_spot *spot = &sweep->spot;
	const struct point *point = spot->index >= 0 ? &sweep->points[spot->index] : NULL;

	exposition_single(e, "vastar_sweep_sweet_spot_concurrency", "gauge",
			  "The level that was picked; 0: none.", point ? point->concurrency : 0);
	exposition_single(e, "vastar_sweep_sweet_spot_responses_per_second", "gauge",
			  "Responses per second at that level.", point ? point->target.median.rps : 0);
	exposition_single(e, "vastar_sweep_sweet_spot_p99_seconds", "gauge",
			  "99th percentile of the response time at that level.",
			  point ? point->target.median.p99_s : 0);
	exposition_single(e, "vastar_sweep_peak_responses_per_second", "gauge",
			  "The highest responses per second of all levels.", spot->peak_rps);
}

int sweep_write_prometheus(const struct sweep *sweep, FILE *out, struct vastar_error *err)
{
	const struct vastar_settings *target = &sweep->settings->target;
	struct exposition e;
	struct draft draft;

	if (!draft_open(&draft))
		return err_nomem(err, "report");
	exposition_begin(&e, draft.stream, target->url, target->method ? target->method : "GET",
			 target->run_id ? target->run_id : "");
	put_points(&e, sweep);
	put_spot(&e, sweep);
	return draft_emit(&draft, out, err);
}
