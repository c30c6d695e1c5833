/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Compares two saved results, as text, JSON, Markdown and a page. */
#ifndef VASTAR_REPORT_SAVED_COMPARE_H
#define VASTAR_REPORT_SAVED_COMPARE_H

#include <stdio.h>

#include "report/saved/change.h"
#include "report/saved/saved.h"

struct compared {
	const char *file; /* owned by the caller */
	struct saved saved;
	struct repeats runs; /* the runs in the file, or the one run that it describes; owned */
};

struct comparison {
	struct compared base, next;
	struct limits limits;
	struct change changes[FIGURES];
};

/* Loads both and compares them. The caller frees *comparison, also after a failure. VASTAR_E_USAGE for a
 * file that is not a result, and for an open loop beside a closed loop. The caller sets `limits` first. */
int comparison_load(struct comparison *comparison, const char *base, const char *next,
		    struct vastar_error *err);
void comparison_free(struct comparison *comparison);

enum gate {
	GATE_NONE,    /* no limit was set */
	GATE_UNKNOWN, /* none failed, but not every one could be judged */
	GATE_PASSED,
	GATE_FAILED, /* at least one failed */
};

enum gate comparison_gate(const struct comparison *comparison);

/* Both sides have enough runs for verdicts. */
bool comparison_judged(const struct comparison *comparison);

int comparison_write_text(const struct comparison *comparison, bool color, FILE *out,
			  struct vastar_error *err);
int comparison_write_json(const struct comparison *comparison, FILE *out, struct vastar_error *err);
int comparison_write_markdown(const struct comparison *comparison, FILE *out, struct vastar_error *err);
int comparison_write_html(const struct comparison *comparison, FILE *out, struct vastar_error *err);

#endif
