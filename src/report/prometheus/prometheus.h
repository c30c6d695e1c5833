/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A run as metrics for Prometheus: the format of -o, and the same names while the run goes on. */
#ifndef VASTAR_REPORT_PROMETHEUS_PROMETHEUS_H
#define VASTAR_REPORT_PROMETHEUS_PROMETHEUS_H

#include "report/report.h"
#include "stats/totals.h"

extern const struct report_format report_prometheus;

/* A run at an instant. */
struct metrics {
	const struct vastar_plan *plan;
	const struct result *result; /* NULL: it goes on */
	const struct totals *totals; /* of the result, too */
	enum vastar_phase phase;
	double elapsed_s, started_at_s; /* 0: not started; since 1970 */
	uint32_t connections_open, in_flight;
	double busy; /* of its busiest worker; NAN: not known yet */
};

void metrics_write(const struct metrics *metrics, FILE *out);

#endif
