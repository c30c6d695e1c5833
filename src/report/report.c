/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/emit.h"
#include "report/failures.h"
#include "report/format.h"

/* Those of -o and --out: one line a format, in the order in which they are listed. */
static const struct report_format *const formats[] = {
    &report_text,	   /* for people */
    &report_json,	   /* everything */
    &report_ndjson,	   /* the same, and a line a second */
    &report_csv,	   /* a row about the run */
    &report_csv_intervals, /* a row a second */
    &report_markdown,	   /* a few lines for a job summary */
    &report_html,	   /* one page with plots */
    &report_hdr,	   /* for HdrHistogram's tools */
};

enum { FORMATS = sizeof(formats) / sizeof(formats[0]) };

const struct report_format *report_format_find(const char *name)
{
	for (size_t i = 0; i < FORMATS; i++) {
		if (!strcmp(formats[i]->name, name))
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

void report_nothing_answered(const struct result *result, FILE *out)
{
	char text[400];

	failures_of_all(result, text, sizeof(text));
	fmt_escaped(out, text);
	fputc('\n', out);
}

int report_emit(FILE *out, const char *bytes, size_t length, struct vastar_error *err)
{
	errno = 0;
	if (fwrite(bytes, 1, length, out) == length && !fflush(out) && !ferror(out))
		return 0;
	return err_set(err, VASTAR_E_SYSTEM, "report: cannot write it: %s (the output is incomplete)",
		       errno ? strerror(errno) : "the stream had failed before");
}

/* Of fopencookie(): 0 tells the stream that it failed. */
static ssize_t draft_write(void *cookie, const char *bytes, size_t length)
{
	struct draft *draft = cookie;

	if (draft->length + length > draft->room) {
		size_t room = 2 * (draft->length + length);
		char *grown = realloc(draft->bytes, room);

		if (!grown) {
			draft->failed = true;
			return 0;
		}
		draft->bytes = grown;
		draft->room = room;
	}
	memcpy(draft->bytes + draft->length, bytes, length);
	draft->length += length;
	return (ssize_t)length;
}

bool draft_open(struct draft *draft)
{
	*draft = (struct draft){0};
	draft->stream = fopencookie(draft, "w", (cookie_io_functions_t){.write = draft_write});
	return draft->stream != NULL;
}

int draft_emit(struct draft *draft, FILE *out, struct vastar_error *err)
{
	bool failed = ferror(draft->stream);
	int rc;

	failed |= fclose(draft->stream) != 0;
	rc = failed || draft->failed ? err_nomem(err, "report")
				     : report_emit(out, draft->bytes, draft->length, err);
	free(draft->bytes);
	return rc;
}
