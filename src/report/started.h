/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef VASTAR_REPORT_STARTED_H
#define VASTAR_REPORT_STARTED_H

#include "report/format.h"
#include "stats/result.h"

/* When the clock of the run started, as in RFC 3339: "2026-03-01T12:00:00.042Z". */
struct text started_at(const struct run_facts *facts);

#endif
