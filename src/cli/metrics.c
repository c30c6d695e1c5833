/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/metrics.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "cli/signals.h"
#include "export/push.h"
#include "export/scrape.h"
#include "report/format.h"

enum { SIGNAL_CHECK_MS = 20 };

int exporters_check(const struct bench_options *o, struct vastar_error *err)
{
	if (o->metrics_linger_ns && !o->metrics_listen)
		return err_set(err, VASTAR_E_USAGE, "--metrics-linger: needs --metrics-listen ADDR:PORT");
	return 0;
}

static int start_listening(struct exporters *exporters, const char *address, struct vastar_error *err)
{
	int rc =
	    scrape_start(&exporters->scrape, "--metrics-listen", address, live_render, exporters->live, err);

	if (!rc)
		fprintf(stderr, "vastar: metrics at %s\n", scrape_url(exporters->scrape));
	return rc;
}

int exporters_start(struct exporters *exporters, const struct bench_options *o,
		    const struct vastar_plan *plan, struct vastar_error *err)
{
	int rc = 0;

	*exporters = (struct exporters){.linger_ns = o->metrics_linger_ns};
	if (!o->metrics_listen && !o->metrics_push && !o->otlp)
		return 0;
	exporters->live = live_new(plan);
	if (!exporters->live)
		return err_nomem(err, "metrics");
	if (o->metrics_listen)
		rc = start_listening(exporters, o->metrics_listen, err);
	if (!rc && o->metrics_push)
		rc = push_start(&exporters->push, "--metrics-push", o->metrics_push,
				"text/plain; version=0.0.4", live_render, exporters->live, err);
	if (!rc && o->otlp)
		rc = push_start(&exporters->otlp, "--otlp", o->otlp, "application/json", live_render_otlp,
				exporters->live, err);
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

/* The text quotes the server. */
static void end_push(struct push *push, const char *option)
{
	char text[600];

	if (!push_stop(push, text, sizeof(text)))
		return;
	fprintf(stderr, "vastar: %s: ", option);
	fmt_escaped(stderr, text);
	fputs(" (the run is not affected)\n", stderr);
}

void exporters_end(struct exporters *exporters)
{
	scrape_stop(exporters->scrape);
	end_push(exporters->push, "--metrics-push");
	end_push(exporters->otlp, "--otlp");
	live_free(exporters->live);
}
