/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The request log. */
#ifndef VASTAR_REPORT_REQUESTS_H
#define VASTAR_REPORT_REQUESTS_H

#include "report/report.h"

/* Writes CSV, one row for each exchange, as described at vastar_result_write_requests(). */
int report_requests(const struct result *result, FILE *out, struct vastar_error *err);

#endif
