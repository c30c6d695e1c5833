/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the formats of a comparison share. */
#ifndef VASTAR_REPORT_SAVED_COMPARE_PARTS_H
#define VASTAR_REPORT_SAVED_COMPARE_PARTS_H

#include "report/format.h"
#include "report/saved/compare.h"

enum { NOTES_MAX = 12 };

struct notes {
	unsigned count;
	char texts[NOTES_MAX][200];
};

/* Settings that differ, and what is wrong with a side. */
struct notes comparison_notes(const struct comparison *comparison);

/* The figure exceeds its limit. */
bool comparison_failed(const struct comparison *comparison, int i);

extern const char *const comparison_gate_names[];

struct text comparison_value(const struct figure *figure, double value);
struct text comparison_change(const struct figure *figure, double value);
struct text comparison_date(const struct compared *compared);
/* "-1 % to +2 %"; "-": not judged. */
void comparison_interval(const struct comparison *comparison, int i, char *text, size_t size);
/* ", limit 5 %: passed"; "": no limit. */
void comparison_gate_text(const struct comparison *comparison, int i, char *text, size_t size);

#endif
