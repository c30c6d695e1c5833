/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/formats.h"

#include <string.h>
#include <strings.h>

#include "report/csv.h"
#include "report/hdr.h"
#include "report/html/html.h"
#include "report/json/json.h"
#include "report/json/ndjson.h"
#include "report/markdown.h"
#include "report/prometheus/prometheus.h"
#include "report/text/text.h"

/* The formats of -o and --out, in the order in which they are listed. */
static const struct report_format *const formats[] = {
    &report_text,	   /* for people */
    &report_json,	   /* everything */
    &report_ndjson,	   /* the same, with a line every second */
    &report_csv,	   /* a row about the run */
    &report_csv_intervals, /* a row for each second */
    &report_csv_requests,  /* a row for each request of --urls */
    &report_markdown,	   /* a few lines for a job summary */
    &report_html,	   /* one page with plots */
    &report_prometheus,	   /* metrics, for a textfile collector */
    &report_hdr,	   /* for HdrHistogram's tools */
};

enum { FORMATS = sizeof(formats) / sizeof(formats[0]) };

const struct report_format *report_format_find(const char *name)
{
	for (size_t i = 0; i < FORMATS; i++) {
		if (!strcasecmp(formats[i]->name, name))
			return formats[i];
	}
	return NULL;
}

void report_format_names(char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < FORMATS && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 !i		   ? ""
					 : i + 1 < FORMATS ? ", "
							   : " or ",
					 formats[i]->name);
}
