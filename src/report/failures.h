/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the reports for people say of the requests that failed. */
#ifndef VASTAR_REPORT_FAILURES_H
#define VASTAR_REPORT_FAILURES_H

#include <stdio.h>

#include "stats/result.h"

/* The examples of one kind of error, the commonest first; returns how many. */
unsigned failures_of(const struct shard *sum, enum error_kind kind,
		     const struct error_example *examples[SHARD_EXAMPLES]);

/* A sentence for a run in which nothing was answered: why, and what to look at. It quotes an example. */
void failures_of_all(const struct result *result, char *text, size_t size);

/* The same as a line of its own. */
void failures_print(const struct result *result, FILE *out);

#endif
