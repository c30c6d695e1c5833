/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/saved/parts.h"

void saved_span(struct reader *reader, const json_t *object, const char *what, struct span *span)
{
	double sum_ns;

	span->count = reader_count(reader, object, "count");
	if (!span->count)
		return;
	span->min_ns = reader_ns(reader, object, "fastest_s");
	span->max_ns = reader_ns(reader, object, "slowest_s");
	sum_ns = reader_number_or(reader, object, "average_s", 0) * 1e9 * (double)span->count;
	if (sum_ns > SAVED_SUM_MAX)
		reader_complain(reader, "the sum of its %s times is too large", what);
	else
		span->sum_ns = (uint64_t)(sum_ns + 0.5);
}
