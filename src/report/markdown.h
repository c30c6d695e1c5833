/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A few lines for the summary of a CI job. */
#ifndef VASTAR_REPORT_MARKDOWN_H
#define VASTAR_REPORT_MARKDOWN_H

#include "report/report.h"

extern const struct report_format report_markdown;

#endif
