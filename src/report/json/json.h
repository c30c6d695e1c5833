/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The report for programs. */
#ifndef VASTAR_REPORT_JSON_JSON_H
#define VASTAR_REPORT_JSON_JSON_H

#include <jansson.h>

#include "report/report.h"

extern const struct report_format report_json;

/* The whole report as a new reference; NULL: out of memory. */
json_t *json_report(const struct report *report);

#endif
