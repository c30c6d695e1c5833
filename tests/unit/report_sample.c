/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Prints the report of a hand-made result: report_sample NAME text|json [color] [unicode] [verbose] [BINS].
 * Without arguments: the names. For the test of the JSON schema, and for viewing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/formats.h"
#include "report_fixture.h"

int main(int argc, char **argv)
{
	if (argc < 3) {
		for (unsigned i = 0; i < fixture_count; i++)
			puts(fixtures[i].name);
		return 0;
	}
	struct report *report = fixture_new(argv[1]);
	struct vastar_error err = {0};

	for (int i = 3; i < argc; i++) {
		if (!strcmp(argv[i], "color"))
			report->options.color = true;
		else if (!strcmp(argv[i], "unicode"))
			report->options.unicode = true;
		else if (!strcmp(argv[i], "verbose"))
			report->options.verbose = true;
		else
			report->options.hist_bins = (unsigned)atoi(argv[i]);
	}
	int rc = report_format_find(argv[2])->write(report, stdout, &err);

	if (rc)
		fprintf(stderr, "%s\n", err.text);
	fixture_free(report);
	return -rc;
}
