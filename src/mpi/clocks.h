/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How the clocks of the ranks differ from that of rank 0: the median of 50 ping-pongs. */
#ifndef VASTAR_MPI_CLOCKS_H
#define VASTAR_MPI_CLOCKS_H

#include "mpi/world.h"

struct offset {
	double offset_s; /* by how much the rank's clock is ahead */
	double error_s;	 /* half of the median round trip */
};

/* Called by all ranks. On rank 0 offsets[0..size) are filled in. */
void clocks_measure(const struct world *world, struct offset *offsets);

/* Called by all ranks. The instant `at_ns` of rank 0's clock, by this rank's CLOCK_MONOTONIC. */
uint64_t clocks_translate(const struct world *world, uint64_t at_ns, const struct offset *offsets);

#endif
