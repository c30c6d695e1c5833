/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef VASTAR_REPORT_LOAD_H
#define VASTAR_REPORT_LOAD_H

#include "report/format.h"
#include "report/report.h"

struct load_text {
	char s[200];
};

/* "open loop, 2000 requests/s (constant), at most 50 connections" */
struct load_text load_describe(const struct report *report);

/* Why requests were sent twice. */
const char *load_retried(const struct vastar_plan *plan);

/* "1000/s", "1000..5000/s" */
struct text load_stage(const struct schedule_stage *stage);

/* The stages that are measured, without a warm-up. */
const struct schedule_stage *load_stages(const struct vastar_plan *plan, uint32_t *countp);

/* An open loop whose response times part from its service times: a sentence on how far the server fell
 * behind, which a client of a closed loop would not have noticed. "" when they do not. */
struct load_text load_backlog(const struct result *result);

/* "8 workers", or "1 -> 8 workers after 60 ms" where their number has followed the load. */
struct load_text load_workers(const struct run_facts *facts);

#endif
