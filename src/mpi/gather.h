/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * While the run goes on: every rank tells rank 0 a few times a second how it stands, and at the end what it
 * has measured, as the JSON of its report. Rank 0 tells the others to stop. Only messages between two ranks
 * are used, so that a rank that has died stops nobody.
 */
#ifndef VASTAR_MPI_GATHER_H
#define VASTAR_MPI_GATHER_H

#include "cli/progress.h"
#include "mpi/world.h"
#include "vastar.h"

/* Rank 0's view of a rank. */
struct part {
	char *json; /* owned; NULL: nothing has come from it */
	size_t length;
	bool lost; /* it has died, or cannot be reached */
};

/* Rank 0: lets its own run come to its end, and collects those of the others in parts[0..size). Stops all
 * when one is lost. *interruptedp: the signal that ended the run, 0: none. */
int gather_parts(const struct world *world, struct vastar_run *run, const struct vastar_plan *whole,
		 enum progress_style style, struct part *parts, struct vastar_error *err);

/* The other ranks: lets its run come to its end and hands over what was measured. */
int gather_hand_over(const struct world *world, struct vastar_run *run, struct vastar_error *err);

/* Rank 0, when the report is written: nothing more will come. */
void gather_dismiss(const struct world *world);

#endif
