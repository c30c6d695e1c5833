/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Comma-separated values: one row about the run, or one row for each second. */
#ifndef VASTAR_REPORT_CSV_H
#define VASTAR_REPORT_CSV_H

#include "report/report.h"

extern const struct report_format report_csv, report_csv_intervals, report_csv_requests;

#endif
