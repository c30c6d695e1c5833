/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "mpi/clocks.h"

#include <stdlib.h>

enum { PINGS = 50, TAG_PING = 10, TAG_START };

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double values[PINGS])
{
	qsort(values, PINGS, sizeof(*values), by_value);
	return (values[PINGS / 2 - 1] + values[PINGS / 2]) / 2;
}

/* These calls wait inside MPI, because a sleep would take longer than the round trip. */
static void ping(const struct world *world, int rank, struct offset *offset)
{
	double offsets[PINGS], trips[PINGS];

	for (int i = 0; i < PINGS; i++) {
		uint64_t sent = world_clock_ns(world), other, back;

		MPI_Send(&sent, 1, MPI_UINT64_T, rank, TAG_PING, MPI_COMM_WORLD);
		MPI_Recv(&other, 1, MPI_UINT64_T, rank, TAG_PING, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
		back = world_clock_ns(world);
		trips[i] = (double)(back - sent) / 1e9;
		offsets[i] = (double)(int64_t)(other - (sent + (back - sent) / 2)) / 1e9;
	}
	offset->offset_s = median(offsets);
	offset->error_s = median(trips) / 2;
}

static void pong(const struct world *world)
{
	MPI_Request request;
	uint64_t word;

	for (int i = 0; i < PINGS; i++) {
		MPI_Irecv(&word, 1, MPI_UINT64_T, 0, TAG_PING, MPI_COMM_WORLD, &request);
		if (i == 0)
			world_wait(&request); /* its turn may be late */
		else
			MPI_Wait(&request, MPI_STATUS_IGNORE);
		word = world_clock_ns(world);
		MPI_Send(&word, 1, MPI_UINT64_T, 0, TAG_PING, MPI_COMM_WORLD);
	}
}

void clocks_measure(const struct world *world, struct offset *offsets)
{
	if (world->rank) {
		pong(world);
		return;
	}
	offsets[0] = (struct offset){0};
	for (int rank = 1; rank < world->size; rank++)
		ping(world, rank, &offsets[rank]);
}

uint64_t clocks_translate(const struct world *world, uint64_t at_ns, const struct offset *offsets)
{
	MPI_Request request;
	uint64_t own;

	if (world->rank) {
		MPI_Irecv(&own, 1, MPI_UINT64_T, 0, TAG_START, MPI_COMM_WORLD, &request);
		world_wait(&request);
		return world_monotonic_ns(world, own);
	}
	for (int rank = 1; rank < world->size; rank++) {
		own = at_ns + (uint64_t)(int64_t)(offsets[rank].offset_s * 1e9);
		MPI_Send(&own, 1, MPI_UINT64_T, rank, TAG_START, MPI_COMM_WORLD);
	}
	return world_monotonic_ns(world, at_ns);
}
