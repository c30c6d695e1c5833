/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The sections of the HTML report, in the order of the page. */
#ifndef VASTAR_REPORT_HTML_SECTIONS_H
#define VASTAR_REPORT_HTML_SECTIONS_H

#include "report/page.h"

/* latency.c: needs at least one response */
void html_histogram(const struct page *page);
void html_percentile_curve(const struct page *page);
void html_percentiles(const struct page *page);
void html_levels(const struct page *page);
/* even without a response */
void html_targets(const struct page *page);

/* events.c: nothing without --stream */
void html_events(const struct page *page);

/* time.c: writes nothing for a run of fewer than two intervals */
void html_time_section(const struct page *page);

/* load.c */
void html_load_banners(const struct page *page);
void html_load_rows(const struct page *page); /* for the table of settings */
/* hosts.c: those of a merged report that ran at the same time */
void html_hosts(const struct page *page);

void html_stages(const struct page *page); /* only when there are several */

/* mix.c: each of several requests; nothing for one */
void html_mix(struct page *page);

/* outcome.c */
void html_statuses(const struct page *page);
void html_classes(struct page *page);
void html_errors(const struct page *page);
void html_insights(const struct page *page);
void html_phases(const struct page *page); /* needs a response or a connection */
void html_engine(const struct page *page);

#endif
