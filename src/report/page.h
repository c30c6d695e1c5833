/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the sections of the reports for people share: where they print to, and what they print of. */
#ifndef VASTAR_REPORT_PAGE_H
#define VASTAR_REPORT_PAGE_H

#include "report/report.h"
#include "report/slo.h"

enum { PAGE_WIDTH = 80 };
enum { GREEN = 34, YELLOW = 226, ORANGE = 202, RED = 160 }; /* of the 256-colour palette, as the SLO levels */

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

/* Prints in a colour, or plainly when the report has none. */
void page_paint(struct page *page, unsigned color, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "1 worker", "2 workers" */
void page_count(struct page *page, uint64_t count, const char *what);

/* What the report is made of, when that is several runs (runs.c). */
void page_merged(struct page *page);
void page_repeats(struct page *page);

/* The sections about response times (text_latency.c). All but the targets need an answer. */
void page_distribution(struct page *page);
void page_load(struct page *page);
void page_service(struct page *page); /* open loop only */
void page_stages(struct page *page);  /* where there are several */
void page_histogram(struct page *page);
void page_slo_legend(struct page *page);
void page_slo_targets(struct page *page);
void page_confidence(struct page *page);

/* "p50 1.00ms, ..., max 9.00ms" and a newline. */
void page_in_a_line(struct page *page, const struct hist *hist);

/* Latencies by class of status codes, where there are several (text_status.c). */
void page_classes(struct page *page);

#endif
