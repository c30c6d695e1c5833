/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Errors of the program itself: wrong settings, a kernel that refuses. A failure of a peer during a run
 * (reset, timeout, bad status) is a measurement. stats/shard.h counts those, and they are never one of these
 * errors.
 *
 * A function that can fail returns 0, or a negative enum vastar_status with a sentence in *err. The sentence
 * reads "what: why (what to do)", without a program name and without a newline.
 */
#ifndef VASTAR_BASE_ERR_H
#define VASTAR_BASE_ERR_H

#include <vastar/vastar.h>

/* Fills *err (NULL is allowed) and returns -status, so that a caller can write: return err_set(err, ...). */
int err_set(struct vastar_error *err, enum vastar_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Out of memory: VASTAR_E_SYSTEM with one fixed sentence. `what` names the purpose of the memory. */
int err_nomem(struct vastar_error *err, const char *what);

#endif
