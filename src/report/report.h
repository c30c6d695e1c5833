/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Ways to write a result down: a table of formats, a file each. */
#ifndef VASTAR_REPORT_REPORT_H
#define VASTAR_REPORT_REPORT_H

#include <stdio.h>

#include "plan/plan.h"
#include "stats/repeats.h"

struct merged;
struct ceiling;

struct report {
	const struct vastar_plan *plan;
	const struct result *result;
	const struct repeats *repeats;	      /* NULL, or fewer than two: of one run */
	const struct merged *merged;	      /* NULL: not merged from files */
	const struct ceiling *ceiling;	      /* NULL: no calibration was given */
	struct vastar_report_options options; /* hist_bins never 0 here */
};

enum { REPORT_NAME_MAX = 32 }; /* of a format's name, its end included */

struct report_format {
	const char *name;
	/* NULL, or why this build cannot write it, with what to do in brackets; `write` is NULL then. */
	const char *missing;
	/* 0, or VASTAR_E_SYSTEM with a sentence when `out` does not take the bytes. */
	int (*write)(const struct report *report, FILE *out, struct vastar_error *err);
};

extern const struct report_format report_text, report_json, report_csv, report_csv_intervals, report_ndjson,
    report_markdown, report_html, report_hdr;

/* The request log as CSV: a row for each exchange, as vastar_result_write_requests() tells it. */
int report_requests(const struct result *result, FILE *out, struct vastar_error *err);

/* A line for a run in which nothing was answered: why, and what to look at. */
void report_nothing_answered(const struct result *result, FILE *out);

const struct report_format *report_format_find(const char *name); /* NULL: no such format */

/* "text, json, ...": the names of the table, for sentences; cut where `size` ends. */
void report_format_names(char *text, size_t size);

#endif
