/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The frame of the HTML pages, and the parts that they share. A page is one file without external
 * resources, and it is also well-formed XML. Everything except literals in the code goes through
 * html_text().
 */
#ifndef VASTAR_REPORT_HTML_MARKUP_H
#define VASTAR_REPORT_HTML_MARKUP_H

#include <stdint.h>
#include <stdio.h>

#include "report/format.h"
#include "stats/result.h"

extern const char *const html_style[]; /* pieces of the style sheet, ends with NULL */
extern const char html_script[];
/* Base64 of the SHA-256 of html_script. With it the page's Content-Security-Policy allows this script and
 * no other. tests/run/test_html.py fails with the right value when this one is wrong. */
extern const char html_script_digest[];

/* Writes text with markup characters escaped. Everything but printable ASCII is written as \xNN. */
void html_text(FILE *out, const char *text);
/* Formats, then escapes the same way; at most 1023 characters. */
void html_printf(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Everything before and after the sections. `heading` comes before the subject: "GET", "Sweep of GET". */
void html_begin(FILE *out, const char *heading, const char *subject);
void html_end(FILE *out);

/* A section with its heading. The caller writes "</section>". */
void html_section(FILE *out, const char *title);

/* A figure of the headline. The note adds to it ("": none). */
void html_card(FILE *out, const char *name, const char *value, const char *note);

/* The start of a table. The caller writes "</tbody></table></div>". The column titles are separated by
 * '|'. A '<' before a title marks a column of words instead of numbers. */
void html_table(FILE *out, const char *caption, const char *titles);
/* Rows of a table with two columns, name and value. */
void html_row(FILE *out, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
void html_row_text(FILE *out, const char *name, const char *text);
/* The row of a command line, NULL: none. */
void html_row_command(FILE *out, const char *name, const char *command);
void html_cell(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A prominent message; `kind` is "alert" or "note". */
void html_banner(FILE *out, const char *kind, const char *title, const char *text);

/* The rows about the machine that every report has. */
void html_machine_rows(FILE *out, const struct run_facts *facts);

#endif
