/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The ranks of one run. Only the main thread calls MPI, and no call waits inside MPI for long: Open MPI spins
 * there, which would take a processor from the workers. */
#ifndef VASTAR_MPI_WORLD_H
#define VASTAR_MPI_WORLD_H

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { HOST_NAME_SIZE = 65 };

struct world {
	int rank, size;
	char (*hosts)[HOST_NAME_SIZE]; /* [size], owned; known on every rank */
};

/* After MPI_Init. Learns the names of the hosts, and that all ranks are of the same version. */
int world_open(struct world *world, struct vastar_error *err);
void world_close(struct world *world);

/* Waits for the request, sleeping between looks. */
void world_wait(MPI_Request *request);

/* Sleeps for a moment between two looks at MPI. */
void world_nap(void);

/* Every rank passes its own outcome (0, or a failure with its sentence). Returns the same on all: 0, or the
 * first failure, with the name of its host unless every rank failed alike. */
int world_agree(const struct world *world, int rc, struct vastar_error *err);

/* The clock of the run, CLOCK_MONOTONIC; a test can let it differ from rank to rank. */
uint64_t world_clock_ns(const struct world *world);
/* An instant of that clock as one of CLOCK_MONOTONIC. */
uint64_t world_monotonic_ns(const struct world *world, uint64_t clock_ns);

#endif
