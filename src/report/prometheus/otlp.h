/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A run as metrics for a collector of OpenTelemetry: an ExportMetricsServiceRequest of OTLP in its JSON
 * form (opentelemetry-proto, docs/specification.md: names in lowerCamelCase, enumerations as numbers, 64-bit
 * integers as text). Names are those of the semantic conventions where there is one.
 */
#ifndef VASTAR_REPORT_PROMETHEUS_OTLP_H
#define VASTAR_REPORT_PROMETHEUS_OTLP_H

#include "report/prometheus/prometheus.h"

/* `now_s`: the time of the metrics, since 1970. Writes nothing before the run begins. */
int otlp_write(const struct metrics *metrics, double now_s, FILE *out, struct vastar_error *err);

#endif
