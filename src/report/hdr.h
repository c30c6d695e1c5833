/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The full histogram for HdrHistogram's tools. */
#ifndef VASTAR_REPORT_HDR_H
#define VASTAR_REPORT_HDR_H

#include "report/report.h"

extern const struct report_format report_hdr;

#endif
