/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the reports for people say about failed requests. */
#ifndef VASTAR_REPORT_FAILURES_H
#define VASTAR_REPORT_FAILURES_H

#include <stdio.h>

#include "stats/result.h"

/* Finds the examples of one kind of error, the most common first. Returns how many there are. */
unsigned failures_of(const struct shard *sum, enum error_kind kind,
		     const struct error_example *examples[SHARD_EXAMPLES]);

/* A sentence for a run without any response: the reason, and what to check. It quotes an example. */
void failures_of_all(const struct result *result, char *text, size_t size);

/* Prints that sentence as a line of its own. */
void failures_print(const struct result *result, FILE *out);

#endif
