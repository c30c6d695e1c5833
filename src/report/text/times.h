/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A column of times: "0.0488 secs  48.81ms". Seconds have four decimals, as in hey's report. Below 1 ms these
 * say nothing, so only the value in the unit that fits is shown. */
#ifndef VASTAR_REPORT_TEXT_TIMES_H
#define VASTAR_REPORT_TEXT_TIMES_H

#include <stdio.h>

#include "report/format.h"

/* The widths of the texts; {0} before the first. */
struct time_column {
	int seconds; /* 0: the column has no seconds */
	int value;
};

void time_column_add(struct time_column *column, double s);

/* The seconds with their unit (" secs  "), or as many blanks; nothing if the column has no seconds. */
void time_put_seconds(FILE *out, const struct time_column *column, double s, const char *behind);

/* The same, then the value in its unit; all aligned to the right. */
void time_put(FILE *out, const struct time_column *column, double s, const char *behind);

#endif
