/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef VASTAR_REPORT_MARKDOWN_TEXT_H
#define VASTAR_REPORT_MARKDOWN_TEXT_H

#include <stdio.h>

/* Writes a text from outside: escapes all possible markup, and replaces unprintable characters by '?'. */
void markdown_text(FILE *out, const char *text);

#endif
