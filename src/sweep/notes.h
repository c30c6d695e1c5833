/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The notes of a sweep: sentences beside its figures. */
#ifndef VASTAR_SWEEP_NOTES_H
#define VASTAR_SWEEP_NOTES_H

#include "sweep/sweep.h"

/* Adds a note, cut to NOTE_LENGTH. A note beyond NOTES_MAX is left out. */
void sweep_note(struct sweep *sweep, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Call before the first run: notes a body that may be meant otherwise, and the proxies that the requests go
 * through. */
void sweep_note_request(struct sweep *sweep);

/* Call before the first run: notes how the reference file differs from what this sweep will measure. */
void sweep_note_reference(struct sweep *sweep);

/* Call after the pick: notes what limits it. */
void sweep_note_result(struct sweep *sweep);

#endif
