/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Rank 0: the results of all ranks, from which the one report is made. With --repeats each rank's runs are
 * added up, and each run of all ranks together is a repeat. */
#ifndef VASTAR_MPI_COLLECT_H
#define VASTAR_MPI_COLLECT_H

#include "mpi/clocks.h"
#include "mpi/gather.h"
#include "report/merged.h"
#include "report/saved/saved.h"

struct collected {
	struct part *parts;	/* [size]: of the run that has just ended */
	struct offset *offsets; /* [size]: of the clocks, before the last run */
	uint64_t *late_ns;	/* [size]: how late each rank began, at worst */
	struct saved *ranks;	/* [size]: the runs so far; empty for a lost rank */
	struct repeats repeats; /* of the whole; count is 0 for one run */
	int lost;		/* ranks */
	struct saved whole;	/* from here on: filled in by collect_whole() */
	struct merged merged;
	char (*names)[HOST_NAME_SIZE + 24];
};

/* False: out of memory. The caller calls collect_free() in either case. */
bool collect_init(struct collected *c, int size);
void collect_free(struct collected *c, int size);

/* Takes the parts of a run; `several` runs are repeats. Says on standard error which ranks are lost: what
 * they did in earlier runs is dropped too. */
int collect_run(struct collected *c, const struct world *world, bool several, struct vastar_error *err);

/* Merges everything. */
int collect_whole(struct collected *c, const struct world *world, struct vastar_error *err);

#endif
