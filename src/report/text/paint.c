/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/text/paint.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void page_paint(struct page *page, unsigned color, const char *format, ...)
{
	va_list args;

	if (page->report->options.color)
		fprintf(page->out, "\x1b[38;5;%um", color);
	va_start(args, format);
	vfprintf(page->out, format, args);
	va_end(args);
	if (page->report->options.color)
		fputs("\x1b[0m", page->out);
}

void page_count(struct page *page, uint64_t count, const char *what)
{
	fprintf(page->out, "%" PRIu64 " %s%s", count, what, count == 1 ? "" : "s");
}
