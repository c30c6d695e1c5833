/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a benchmark leaves behind: the files of --out FORMAT=FILE, and its exit status. */
#ifndef VASTAR_CLI_BENCH_OUTPUT_H
#define VASTAR_CLI_BENCH_OUTPUT_H

#include "cli/options.h"
#include "cli/output.h"

struct report;

/* "output format 'x': not known (use text, json, ...)" unless the table of formats has it. */
int check_format(const char *what, const char *name, size_t length, struct vastar_error *err);

/* Before anything is opened: refuses arguments other than FORMAT=FILE with a known format and a different
 * file. */
int bench_outputs_check(const struct option_list *specs, struct vastar_error *err);

struct bench_outputs {
	const struct option_list *specs;
	struct output *files; /* owned: one for each of specs->items */
};

/* Opens all of them, or none. */
int bench_outputs_open(struct bench_outputs *outputs, const struct option_list *specs,
		       struct vastar_error *err);

/* Writes the reports and moves the files to their final names. If one fails, the others are still written.
 * Returns the first error. */
int bench_outputs_write(struct bench_outputs *outputs, const struct vastar_result *result,
			const struct vastar_report_options *options, struct vastar_error *err);

/* Removes files that were not written. */
void bench_outputs_drop(struct bench_outputs *outputs);

/* --request-log: writes what an open `log` (or one without a file) is to have, and says on standard error if
 * that is not every request. */
int write_request_log(const struct vastar_result *result, struct output *log, struct vastar_error *err);

/* The exit status of a run that was reported. Says why when no response arrived. */
int bench_status(const struct bench_options *o, const struct vastar_result *result);

#endif
