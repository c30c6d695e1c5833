/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a sweep says in words beside its figures. */
#ifndef VASTAR_SWEEP_NOTES_H
#define VASTAR_SWEEP_NOTES_H

#include "sweep/sweep.h"

/* Adds a note, cut to NOTE_LENGTH; one beyond NOTES_MAX is left out. */
void sweep_note(struct sweep *sweep, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Before the first run: in what the file of the reference differs from what is about to be measured. */
void sweep_note_reference(struct sweep *sweep);

/* After the pick: what limits it. */
void sweep_note_result(struct sweep *sweep);

#endif
