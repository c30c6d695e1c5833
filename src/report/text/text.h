/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The report for people at a terminal. */
#ifndef VASTAR_REPORT_TEXT_TEXT_H
#define VASTAR_REPORT_TEXT_TEXT_H

#include "report/report.h"

extern const struct report_format report_text;

#endif
