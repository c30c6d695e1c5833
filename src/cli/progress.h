/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The progress of a run on standard error. On a terminal: a line, and below it the rate of the last minute,
 * drawn in place, ASCII only, never wider than the terminal. Between two drawings the cursor is at the
 * start of the first line. For logs: a plain line every ten seconds.
 */
#ifndef VASTAR_CLI_PROGRESS_H
#define VASTAR_CLI_PROGRESS_H

#include <stdbool.h>

#include <vastar/vastar.h>

#include "stats/interval.h"

enum progress_style { PROGRESS_BAR, PROGRESS_PLAIN, PROGRESS_NONE };

/* "bar", "plain" or "none"; NULL means bar. VASTAR_E_USAGE with a message for anything else. */
int progress_style_parse(enum progress_style *style, const char *name, struct vastar_error *err);

enum { PROGRESS_SECONDS = 60 };

struct progress {
	bool shown; /* PROGRESS_BAR, and standard error is a capable terminal */
	bool plain;
	uint64_t requests; /* requested; UINT64_MAX with a duration */
	uint64_t duration_ns;
	/* For the current rate: the counts about a second ago, or at the previous plain line. */
	uint64_t then_ns, then_responses;
	double rate;
	/* The rate of each of the last seconds; the newest is rates[(seconds - 1) % PROGRESS_SECONDS]. */
	uint64_t seconds;
	double rates[PROGRESS_SECONDS];
};

void progress_init(struct progress *progress, enum progress_style style, uint64_t requests,
		   uint64_t duration_ns);

/* True if there is something to show: call progress_draw(). */
static inline bool progress_wanted(const struct progress *progress)
{
	return progress->shown || progress->plain;
}

/* Writes the line for this state into text, at most `width` columns. Pure. */
void progress_format(const struct progress *progress, const struct vastar_progress *now, unsigned width,
		     char *text, size_t size);

/* A second of the run has ended; a longer interval stands for several. */
void progress_add_interval(struct progress *progress, const struct interval *interval);

/* Writes the rates of the last minute into text, a character a second from '_' (none) to '@' (the peak), at
 * most `width` columns; "" while there are too few seconds or columns. Pure. */
void progress_format_rates(const struct progress *progress, unsigned width, char *text, size_t size);

/* Draws, or prints the next plain line when it is due. */
void progress_draw(struct progress *progress, const struct vastar_progress *now);

/* The columns of the terminal that a line may use. */
unsigned progress_width(void);

/* Draws the caller's line, cut at the width of the terminal. */
void progress_show(struct progress *progress, const char *text);

/* Erases the lines and shows the cursor again. */
void progress_clear(struct progress *progress);

/* If the cursor was hidden: shows it again, and erases the lines. Async-signal-safe. */
void progress_restore_cursor(void);

#endif
