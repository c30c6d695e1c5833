/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* NDJSON events, one line each: {"event": "interval", ...} during a run, then {"event": "result", ...}
 * with everything in the JSON report. */
#ifndef VASTAR_REPORT_JSON_NDJSON_H
#define VASTAR_REPORT_JSON_NDJSON_H

#include "report/report.h"

extern const struct report_format report_ndjson; /* both events, for a run that is over */

/* Each function flushes `out`: VASTAR_E_SYSTEM when writing the line fails. */
int ndjson_write_interval(const struct interval *interval, FILE *out, struct vastar_error *err);
int ndjson_write_result(const struct report *report, FILE *out, struct vastar_error *err);

#endif
