/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Hand-made results for the tests of the reports: no run, no network, the same numbers on every machine. */
#ifndef TESTS_REPORT_FIXTURE_H
#define TESTS_REPORT_FIXTURE_H

#include "report/report.h"

struct fixture {
	const char *name;
	/* Puts samples into the shard and changes plan and facts as needed. */
	void (*fill)(struct vastar_plan *plan, struct shard *shard, struct run_facts *facts);
};

extern const struct fixture fixtures[];
extern const unsigned fixture_count;

/* The report of the fixture with this name, or NULL if there is none. Freed with fixture_free(). */
struct report *fixture_new(const char *name);
void fixture_free(struct report *report);

/* The report in this format as a string; the caller frees it. */
char *fixture_write(const struct report *report, const char *format);

#endif
