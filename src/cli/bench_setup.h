/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* From the options of a benchmark to its plan, and to what its reports are like. */
#ifndef VASTAR_CLI_BENCH_SETUP_H
#define VASTAR_CLI_BENCH_SETUP_H

#include "cli/common.h"
#include "cli/metrics.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "report/ceiling.h"
#include "report/percentiles.h"

/* What goes into every report. */
struct wanted {
	struct vastar_report_options options;
	enum progress_style progress;
	double percents[PERCENTILES_MAX]; /* that they point to */
	struct ceiling ceiling;		  /* of --calibration; empty without it */
	struct exporters exporters;
};

/* The defaults, before the options are read. `run_id` keeps the name of the run. */
void bench_defaults(struct bench_options *o, char run_id[RUN_ID_MAX]);

/* The caller frees *planp. */
int bench_plan(struct bench_options *o, struct wanted *report, struct vastar_plan **planp,
	       struct vastar_error *err);

/* Frees what both own; each may be empty. */
void bench_free(struct bench_options *o, struct wanted *report);

#endif
