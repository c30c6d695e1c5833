/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* gRPC calls in the reports. */
#ifndef VASTAR_REPORT_CALLS_H
#define VASTAR_REPORT_CALLS_H

#include "report/report.h"

/* Latencies of the calls that ended with OK, in *scratch, whose minimum and maximum may be off by a
 * bucket; NULL when all did, or none. */
const struct hist *calls_fine_latency(const struct result *result, struct hist *scratch);

/* Messages in both directions, per second. */
double calls_messages_per_s(const struct result *result);

#endif
