/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* During the run every rank reports its progress to rank 0 a few times a second, and at the end its results,
 * as the JSON of its report. Rank 0 tells the others to stop. It uses only messages between two ranks, so
 * that a dead rank blocks no other. */
#ifndef VASTAR_MPI_GATHER_H
#define VASTAR_MPI_GATHER_H

#include "cli/progress.h"
#include "mpi/world.h"
#include "vastar.h"

/* Rank 0's view of a rank. */
struct part {
	char *json; /* owned; NULL: nothing received from it */
	size_t length;
	bool lost; /* it has died, or cannot be reached */
};

/* Rank 0: waits for the end of its own run, and collects all results in parts[0..size). Stops all runs when a
 * rank is lost. *interruptedp: the signal that ended the run, 0: none. */
int gather_parts(const struct world *world, struct vastar_run *run, const struct vastar_plan *whole,
		 enum progress_style style, struct part *parts, struct vastar_error *err);

/* The other ranks: waits for the end of the run and sends the results. */
int gather_hand_over(const struct world *world, struct vastar_run *run, struct vastar_error *err);

/* Rank 0, after the report is written: nothing more will arrive. */
void gather_dismiss(const struct world *world);

#endif
