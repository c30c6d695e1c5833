/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which percentiles a report shows. */
#ifndef VASTAR_REPORT_PERCENTILES_H
#define VASTAR_REPORT_PERCENTILES_H

#include "report/format.h"
#include "report/report.h"

enum { PERCENTILES_MAX = 32 };

/* Reads "50,90,99.95", numbers from 0 to 100, each once, into `percents` in rising order. VASTAR_E_USAGE
 * with a message for anything else, and for more than PERCENTILES_MAX numbers. */
int percentiles_parse(const char *list, double percents[PERCENTILES_MAX], size_t *countp,
		      struct vastar_error *err);

struct percentiles {
	unsigned count;
	struct fmt_percentile list[PERCENTILES_MAX + FMT_PERCENTILES]; /* in rising order */
};

/* The percentiles of the report's options, or the usual ones if there are none. */
struct percentiles percentiles_shown(const struct report *report);

/* The same without those for which there are too few responses, when there are fewer than 100 and the options
 * name none; the median stays in any case. */
struct percentiles percentiles_carried(const struct report *report, const struct hist *latency);

/* Both of them together: programs can rely on the usual ones. */
struct percentiles percentiles_all(const struct report *report);

#endif
