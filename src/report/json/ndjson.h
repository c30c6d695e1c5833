/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The events of NDJSON, one line each: {"event": "interval", ...} while a run goes on, then {"event":
 * "result", ...} with everything that the JSON report has. */
#ifndef VASTAR_REPORT_JSON_NDJSON_H
#define VASTAR_REPORT_JSON_NDJSON_H

#include "report/report.h"

extern const struct report_format report_ndjson; /* both events of a run that is over */

/* Each flushes `out`: VASTAR_E_SYSTEM when it does not take the line. */
int ndjson_write_interval(const struct interval *interval, FILE *out, struct vastar_error *err);
int ndjson_write_result(const struct report *report, FILE *out, struct vastar_error *err);

#endif
