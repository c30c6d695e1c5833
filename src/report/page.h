/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the sections of the reports for people share: where they print to, and what they print of. */
#ifndef VASTAR_REPORT_PAGE_H
#define VASTAR_REPORT_PAGE_H

#include "report/report.h"
#include "report/slo.h"

struct page {
	FILE *out;
	const struct report *report;
	const struct result *result;
	const struct shard *sum; /* of the result */
	struct slo slo;
	bool failed; /* something is missing for want of memory */
};

/* Has the whole printed, and written to `out` when nothing of it is missing. */
int page_write(const struct report *report, void (*print)(struct page *page), FILE *out,
	       struct vastar_error *err);

#endif
