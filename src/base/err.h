/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Errors of the program itself: wrong settings, a kernel that refuses. What goes wrong with a peer during a
 * run (reset, timeout, bad status) is a measurement, counted in stats/shard.h, and never one of these.
 *
 * A function that can fail returns 0, or a negative enum vastar_status with the sentence in *err. The
 * sentence reads "what: why (what to do)" without a program name and without a newline.
 */
#ifndef VASTAR_BASE_ERR_H
#define VASTAR_BASE_ERR_H

#include <vastar/vastar.h>

/* Fills *err (NULL is allowed) and returns -status, so that a caller can write: return err_set(err, ...). */
int err_set(struct vastar_error *err, enum vastar_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* out of memory: VASTAR_E_SYSTEM with one fixed sentence that names what the memory was for. */
int err_nomem(struct vastar_error *err, const char *what);

#endif
