/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef VASTAR_REPORT_EMIT_H
#define VASTAR_REPORT_EMIT_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* Writes a finished report and flushes `out`, so that a full disk or a closed pipe is noticed here:
 * VASTAR_E_SYSTEM. */
int report_emit(FILE *out, const char *bytes, size_t length, struct vastar_error *err);

#endif
