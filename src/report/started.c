/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/started.h"

#include <time.h>

struct text started_at(const struct run_facts *facts)
{
	time_t at = (time_t)facts->started_at_s;
	struct tm utc;
	char date[24] = "";
	struct text text;

	if (gmtime_r(&at, &utc))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text.s, sizeof(text.s), "%s.%03uZ", date, facts->started_at_ms % 1000);
	return text;
}
