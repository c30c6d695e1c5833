/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* --metrics-listen and --metrics-linger. */
#ifndef VASTAR_CLI_METRICS_H
#define VASTAR_CLI_METRICS_H

#include "cli/options.h"
#include "export/live.h"

struct exporters {
	struct live *live;     /* NULL: nothing is exported */
	struct scrape *scrape; /* NULL: no --metrics-listen */
	struct push *push, *otlp;
	uint64_t linger_ns;
};

/* Checks the options. */
int exporters_check(const struct bench_options *o, struct vastar_error *err);

/* Starts the exporters of the options. The caller ends *exporters, also after a failure. */
int exporters_start(struct exporters *exporters, const struct bench_options *o,
		    const struct vastar_plan *plan, struct vastar_error *err);

void exporters_show_run(struct exporters *exporters, const struct vastar_run *run,
			const struct result *before);
void exporters_detach(struct exporters *exporters);

/* The result must stay until exporters_end(). */
void exporters_show_result(struct exporters *exporters, const struct result *result);

/* Waits for the time of --metrics-linger, or until a signal. */
void exporters_linger(const struct exporters *exporters);

/* What could not be pushed gets a line on standard error. */
void exporters_end(struct exporters *exporters);

#endif
