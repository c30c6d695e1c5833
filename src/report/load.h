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

/* The reason why requests were sent twice. */
const char *load_retried(const struct vastar_plan *plan);

/* "1000/s", "1000..5000/s" */
struct text load_stage(const struct schedule_stage *stage);

/* The measured stages, without the warm-up. */
const struct schedule_stage *load_stages(const struct vastar_plan *plan, uint32_t *countp);

/* For an open loop whose response times differ from its service times: a sentence on how far the server
 * fell behind. A closed-loop client would not have noticed this. "" when they do not differ. */
struct load_text load_backlog(const struct result *result);

/* "8 workers", or "1 -> 8 workers after 60 ms" where their number followed the load. */
struct load_text load_workers(const struct run_facts *facts);

#endif
