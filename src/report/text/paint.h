/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Print functions that the sections of the text report share. */
#ifndef VASTAR_REPORT_TEXT_PAINT_H
#define VASTAR_REPORT_TEXT_PAINT_H

#include "report/page.h"

enum { PAGE_WIDTH = 80 };
enum { GREEN = 34, YELLOW = 226, ORANGE = 202, RED = 160 }; /* of the 256-colour palette, as the SLO levels */

/* Prints in a colour, or plain when the report has no colours. */
void page_paint(struct page *page, unsigned color, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "1 worker", "2 workers" */
void page_count(struct page *page, uint64_t count, const char *what);

#endif
