/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The frame of the HTML pages, and the pieces that they have in common. A page is one file without outside
 * resources, and well-formed XML as well. Whatever is not a literal of ours goes through html_text().
 */
#ifndef VASTAR_REPORT_HTML_MARKUP_H
#define VASTAR_REPORT_HTML_MARKUP_H

#include <stdint.h>
#include <stdio.h>

#include "report/format.h"
#include "stats/result.h"

extern const char *const html_style[]; /* pieces of the style sheet, NULL at the end */
extern const char html_script[];
/* base64 of the SHA-256 of html_script: by it the page's Content-Security-Policy lets this script run, and no
 * other. tests/run/test_html.py says what it has to be. */
extern const char html_script_digest[];

/* Text with the characters of markup escaped; what is not printable ASCII comes out as \xNN. */
void html_text(FILE *out, const char *text);
/* The same, formatted; no more than 1023 characters. */
void html_printf(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* All before and after the sections. `heading` stands before the subject: "GET", "Sweep of GET". */
void html_begin(FILE *out, const char *heading, const char *subject);
void html_end(FILE *out);

/* A section with its heading, ended with "</section>". */
void html_section(FILE *out, const char *title);

/* A figure of the headline; the note says more about it ("" : nothing). */
void html_card(FILE *out, const char *name, const char *value, const char *note);

/* The start of a table, ended with "</tbody></table></div>". The titles of its columns are separated by '|';
 * '<' before one says that its column holds words and no numbers. */
void html_table(FILE *out, const char *caption, const char *titles);
/* Rows of a table of two columns, a name and a value. */
void html_row(FILE *out, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
void html_row_text(FILE *out, const char *name, const char *text);
void html_cell(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A sentence that must not be overlooked; `kind` is "alert" or "note". */
void html_banner(FILE *out, const char *kind, const char *title, const char *text);

/* The rows on the machine that every report has. */
void html_machine_rows(FILE *out, const struct run_facts *facts);

#endif
