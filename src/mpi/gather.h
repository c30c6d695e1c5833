/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* During the run every rank reports its progress to rank 0 a few times a second, and at the end its results,
 * as the JSON of its report. Rank 0 tells the others to stop. It uses only messages between two ranks, so
 * that a dead rank blocks no other. */
#ifndef VASTAR_MPI_GATHER_H
#define VASTAR_MPI_GATHER_H

#include "cli/bench_setup.h"
#include "mpi/world.h"
#include "vastar.h"

/* Rank 0's view of a rank. */
struct part {
	char *json; /* owned; NULL: nothing received from it */
	size_t length;
	bool lost; /* it has died, or cannot be reached */
};

/* Rank 0: waits for the end of its own run, and collects all results in parts[0..size). Stops all runs when a
 * rank is lost. Shows the metrics of the others beside its own, if wanted. *resultp: its own result, the
 * caller's; NULL after a failure. */
int gather_parts(const struct world *world, struct vastar_run *run, const struct vastar_plan *whole,
		 const struct wanted *wanted, struct part *parts, struct vastar_result **resultp,
		 struct vastar_error *err);

/* Rank 0, after a run that is to be repeated, and after the report is written: nothing more will arrive. */
void gather_again(const struct world *world);
void gather_dismiss(const struct world *world);

/* The other ranks: what one needs to talk to rank 0. It lives as long as the process, because MPI may still
 * read from it. With `metrics` it sends those every second. */
struct member;
struct member *gather_join(bool metrics);

/* Waits for the end of the run and sends the results. *resultp is the caller's; NULL after a failure. */
int gather_hand_over(struct member *member, struct vastar_run *run, struct vastar_result **resultp,
		     struct vastar_error *err);

/* Waits for the word of rank 0, which may linger. True: there is another run. */
bool gather_await_word(struct member *member, uint64_t linger_ns);

#endif
