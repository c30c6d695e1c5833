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
