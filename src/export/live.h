/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The metrics that exporters show: those of a run in progress, and afterwards those of its result. Counts
 * never decrease: with repeats they continue from the previous runs.
 */
#ifndef VASTAR_EXPORT_LIVE_H
#define VASTAR_EXPORT_LIVE_H

#include <stdbool.h>
#include <stdio.h>

#include "engine/run.h"
#include "stats/totals.h"

struct live;

/* NULL: out of memory. The plan must outlive it. */
struct live *live_new(const struct vastar_plan *plan);
void live_free(struct live *live); /* NULL is allowed */

/* Another process takes part in the run: what it has counted since its first run, and how it stands. */
struct live_part {
	struct totals totals;
	struct run_gauges gauges;
};

/* Before the run: it is that of `count` others too. False: out of memory. */
bool live_share(struct live *live, unsigned count);

/* Keeps a copy of what the other process number `part`, from 0, has sent last; it is added to the run. */
void live_show_part(struct live *live, unsigned part, const struct live_part *now);

/* From now on it shows this run, added to `before` (NULL: nothing). Both must stay until live_show_result()
 * or live_detach(). */
void live_show_run(struct live *live, const struct vastar_run *run, const struct result *before);

/* The run is about to be freed. Its last metrics remain. */
void live_detach(struct live *live);

/* The result must stay until live_free(). */
void live_show_result(struct live *live, const struct result *result);

/* Write the text for Prometheus, and the JSON for a collector of OpenTelemetry; for any thread. The latter
 * writes nothing while there is no data. */
void live_render(void *live, FILE *out);
void live_render_otlp(void *live, FILE *out);

#endif
