/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The live line on standard error: drawn in place, ASCII only, never wider than the terminal. */
#ifndef VASTAR_CLI_PROGRESS_H
#define VASTAR_CLI_PROGRESS_H

#include <stdbool.h>

#include <vastar/vastar.h>

struct progress {
	bool shown;	   /* standard error is a terminal that can be drawn on, and nobody forbade it */
	uint64_t requests; /* asked for; UINT64_MAX with a duration */
	uint64_t duration_ns;
	/* For the current rate: what was seen about a second ago. */
	uint64_t then_ns, then_responses;
	double rate;
};

void progress_init(struct progress *progress, bool wanted, uint64_t requests, uint64_t duration_ns);

/* Writes the line for this state into text, at most `width` columns. Pure. */
void progress_format(const struct progress *progress, const struct vastar_progress *now, unsigned width,
		     char *text, size_t size);

void progress_draw(struct progress *progress, const struct vastar_progress *now);

/* Columns of the terminal that a line may fill. */
unsigned progress_width(void);

/* Draws a line of one's own, cut where the terminal ends. */
void progress_show(struct progress *progress, const char *text);

/* Takes the line away and shows the cursor again. */
void progress_clear(struct progress *progress);

/* Shows the cursor again, if it was hidden. Async-signal-safe. */
void progress_restore_cursor(void);

#endif
