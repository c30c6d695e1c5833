/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/text/times.h"

#include <string.h>

static const double SECONDS_LEAST = 0.001; /* "0.0010": two significant digits */

void time_column_add(struct time_column *column, double s)
{
	int value = (int)strlen(fmt_short(s).s), seconds = (int)strlen(fmt_seconds(s).s);

	if (value > column->value)
		column->value = value;
	if (s >= SECONDS_LEAST && seconds > column->seconds)
		column->seconds = seconds;
}

void time_put_seconds(FILE *out, const struct time_column *column, double s, const char *behind)
{
	if (!column->seconds)
		return;
	if (s >= SECONDS_LEAST)
		fprintf(out, "%*s%s", column->seconds, fmt_seconds(s).s, behind);
	else
		fprintf(out, "%*s", column->seconds + (int)strlen(behind), "");
}

void time_put(FILE *out, const struct time_column *column, double s, const char *behind)
{
	time_put_seconds(out, column, s, behind);
	fprintf(out, "%*s", column->value, fmt_short(s).s);
}
