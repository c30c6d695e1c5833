/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef VASTAR_REPORT_EMIT_H
#define VASTAR_REPORT_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* Writes a finished report and flushes `out`, so that a full disk or a closed pipe is noticed here:
 * VASTAR_E_SYSTEM. */
int report_emit(FILE *out, const char *bytes, size_t length, struct vastar_error *err);

/*
 * A report under construction: a stream into memory that remembers a failed write. (A stream of
 * open_memstream() does not: when out of memory, it drops a piece and continues.)
 */
struct draft {
	FILE *stream; /* write to this */
	char *bytes;
	size_t length, room;
	bool failed;
};

/* False: out of memory. */
bool draft_open(struct draft *draft);

/* Ends the draft and writes all of it to `out`, or nothing. */
int draft_emit(struct draft *draft, FILE *out, struct vastar_error *err);

#endif
