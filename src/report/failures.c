/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/failures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/format.h"

static int by_count(const void *a, const void *b)
{
	const struct error_example *const *x = a, *const *y = b;

	return ((*x)->count < (*y)->count) - ((*x)->count > (*y)->count);
}

unsigned failures_of(const struct shard *sum, enum error_kind kind,
		     const struct error_example *examples[SHARD_EXAMPLES])
{
	unsigned count = 0;

	for (uint32_t i = 0; i < sum->example_count; i++) {
		if (sum->examples[i].kind == kind)
			examples[count++] = &sum->examples[i];
	}
	qsort(examples, count, sizeof(*examples), by_count);
	return count;
}

/* The example of most errors; NULL when there is none. */
static const struct error_example *main_error(const struct shard *sum)
{
	const struct error_example *main = NULL;

	for (uint32_t i = 0; i < sum->example_count; i++) {
		const struct error_example *example = &sum->examples[i];

		if (example->code != SHARD_UNTRIED && (!main || example->count > main->count))
			main = example;
	}
	return main;
}

void failures_of_all(const struct result *result, char *text, size_t size)
{
	static const char *const advice[ERROR_KINDS] = {
	    [ERROR_CONNECT] = "Is the target running?",
	    [ERROR_TIMEOUT] = "Is it overloaded, or -t too short?",
	    [ERROR_RESET] = "Does it serve HTTP there?",
	    [ERROR_PROTOCOL] = "Does it speak that protocol there?",
	    [ERROR_TLS] = "No connection could be used.",
	    [ERROR_PROXY] = "No request reached the target.",
	    [ERROR_LOCAL] = "This machine ran out of a resource.",
	    [ERROR_EXPECT] = "Is it the right URL, or --expect wrong?",
	};
	const struct error_example *main = main_error(result->sum);
	uint64_t requests = result_requests(result);
	enum error_kind kind = main ? main->kind : ERROR_TIMEOUT;
	const char *what_to_do = advice[kind];

	if (main && kind == ERROR_TIMEOUT && main->code == LATE_NO_LENGTH)
		what_to_do = "It needs a Content-Length or chunks, or has to close the connection.";

	if (!requests) {
		snprintf(text, size, "No request was sent.");
		return;
	}
	snprintf(text, size, "All %" PRIu64 " requests failed (%s). %s", requests,
		 main ? main->text : "no response in time", what_to_do);
}

void failures_print(const struct result *result, FILE *out)
{
	char text[400];

	failures_of_all(result, text, sizeof(text));
	fmt_escaped(out, text);
	fputc('\n', out);
}
