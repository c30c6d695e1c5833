/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/metrics.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "cli/signals.h"
#include "export/scrape.h"

enum { SIGNAL_CHECK_MS = 20 };

int exporters_check(const struct bench_options *o, struct vastar_error *err)
{
	if (o->metrics_linger_ns && !o->metrics_listen)
		return err_set(err, VASTAR_E_USAGE, "--metrics-linger: needs --metrics-listen ADDR:PORT");
	return 0;
}

int exporters_start(struct exporters *exporters, const struct bench_options *o,
		    const struct vastar_plan *plan, struct vastar_error *err)
{
	int rc;

	*exporters = (struct exporters){.linger_ns = o->metrics_linger_ns};
	if (!o->metrics_listen)
		return 0;
	exporters->live = live_new(plan);
	if (!exporters->live)
		return err_nomem(err, "--metrics-listen");
	rc = scrape_start(&exporters->scrape, "--metrics-listen", o->metrics_listen, live_render,
			  exporters->live, err);
	if (!rc)
		fprintf(stderr, "vastar: metrics at %s\n", scrape_url(exporters->scrape));
	return rc;
}

void exporters_show_run(struct exporters *exporters, const struct vastar_run *run,
			const struct result *before)
{
	if (exporters->live)
		live_show_run(exporters->live, run, before);
}

void exporters_detach(struct exporters *exporters)
{
	if (exporters->live)
		live_detach(exporters->live);
}

void exporters_show_result(struct exporters *exporters, const struct result *result)
{
	if (exporters->live)
		live_show_result(exporters->live, result);
}

void exporters_linger(const struct exporters *exporters)
{
	static const struct timespec pause = {.tv_nsec = SIGNAL_CHECK_MS * (long)NS_PER_MS};
	uint64_t until = clock_now_ns() + exporters->linger_ns;

	if (!exporters->live)
		return;
	while (clock_now_ns() < until && !signals_received())
		nanosleep(&pause, NULL);
}

void exporters_end(struct exporters *exporters)
{
	scrape_stop(exporters->scrape);
	live_free(exporters->live);
}
