/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The report as one page with plots. */
#ifndef VASTAR_REPORT_HTML_HTML_H
#define VASTAR_REPORT_HTML_HTML_H

#include "report/report.h"

extern const struct report_format report_html;

#endif
