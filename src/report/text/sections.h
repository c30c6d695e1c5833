/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The sections of the text report. */
#ifndef VASTAR_REPORT_TEXT_SECTIONS_H
#define VASTAR_REPORT_TEXT_SECTIONS_H

#include "report/page.h"

/* runs.c: the runs that the report is made of, when there are several */
void page_merged(struct page *page);
void page_repeats(struct page *page);

/* hosts.c: those that ran at the same time */
void page_hosts(struct page *page);

/* load.c */
void page_load(struct page *page);
void page_stages(struct page *page); /* only when there are several */

/* latency.c: needs a response */
void page_distribution(struct page *page);
void page_service(struct page *page); /* open loop only */
void page_histogram(struct page *page);
void page_slo_legend(struct page *page);
void page_confidence(struct page *page);
/* "p50 1.00ms, ..., max 9.00ms" and a newline */
void page_in_a_line(struct page *page, const struct hist *hist);

/* slo.c */
void page_slo_targets(struct page *page);

/* tls.c: nothing without a handshake */
void page_tls(struct page *page);

/* events.c: nothing without --stream */
void page_events(struct page *page);

/* tokens.c: nothing without ai-bench */
void page_tokens(struct page *page);

/* streams.c: nothing without HTTP/2 */
void page_streams(struct page *page);

/* calls.c: with gRPC only */
void page_calls(struct page *page);
void page_call_classes(struct page *page); /* nothing unless some are OK, and some are not */

/* websocket.c: nothing without WebSocket */
void page_websocket(struct page *page);

/* mix.c: each of several requests; nothing for one */
void page_mix(struct page *page);

/* status.c: latencies by class of status codes, when there are several */
void page_classes(struct page *page);

#endif
