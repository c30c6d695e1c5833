/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the sections of the reports for people share: where to print, and what to print. */
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
	bool failed; /* something is missing, out of memory */
};

/* Prints everything, and writes it to `out` only when nothing is missing. */
int page_write(const struct report *report, void (*print)(struct page *page), FILE *out,
	       struct vastar_error *err);

#endif
