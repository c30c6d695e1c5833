/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A run as metrics for Prometheus: the format of -o, and the same names during the run. */
#ifndef VASTAR_REPORT_PROMETHEUS_PROMETHEUS_H
#define VASTAR_REPORT_PROMETHEUS_PROMETHEUS_H

#include "report/report.h"
#include "stats/totals.h"

extern const struct report_format report_prometheus;

/* A run at an instant. */
struct metrics {
	const struct vastar_plan *plan;
	const struct result *result; /* NULL: in progress */
	const struct totals *totals; /* of the result, too */
	enum vastar_phase phase;
	double elapsed_s, started_at_s; /* since 1970; 0: not started */
	uint32_t connections_open, in_flight;
	double busy; /* of its busiest worker; NAN: not known yet */
};

void metrics_write(const struct metrics *metrics, FILE *out);

#endif
