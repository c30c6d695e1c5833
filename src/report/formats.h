/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The list of formats. It knows each format, and no format knows the list. */
#ifndef VASTAR_REPORT_FORMATS_H
#define VASTAR_REPORT_FORMATS_H

#include "report/report.h"

enum { REPORT_NAME_MAX = 32 }; /* of a format's name, terminator included */

const struct report_format *report_format_find(const char *name); /* in any case; NULL: no such format */

/* "text, json, ...": the names of all formats, for messages; cut to `size`. */
void report_format_names(char *text, size_t size);

#endif
