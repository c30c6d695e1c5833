/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "mpi/world.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { NAP_US = 500, VERSION_MAX = 32 };

void world_nap(void)
{
	static const struct timespec nap = {.tv_nsec = NAP_US * (long)NS_PER_US};

	nanosleep(&nap, NULL);
}

void world_wait(MPI_Request *request)
{
	int done = 0;

	while (MPI_Test(request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done)
		world_nap();
}

/* ---- who is there ---- */

static void gather_all(const void *own, void *all, int size)
{
	MPI_Request request;

	MPI_Iallgather(own, size, MPI_BYTE, all, size, MPI_BYTE, MPI_COMM_WORLD, &request);
	world_wait(&request);
}

/* Lets a test give a rank another version. */
static void own_version(char version[VERSION_MAX])
{
	const char *other = getenv("VASTAR_MPI_VERSION");

	memset(version, 0, VERSION_MAX);
	strncpy(version, other ? other : VASTAR_VERSION, VERSION_MAX - 1);
}

static int check_versions(const struct world *world, struct vastar_error *err)
{
	char own[VERSION_MAX], (*all)[VERSION_MAX] = calloc((size_t)world->size, sizeof(*all));
	int rc = all ? 0 : err_nomem(err, "MPI");

	if (rc)
		return rc;
	own_version(own);
	gather_all(own, all, VERSION_MAX);
	for (int i = 1; !rc && i < world->size; i++)
		if (strncmp(all[i], all[0], VERSION_MAX) != 0)
			rc = err_set(
			    err, VASTAR_E_USAGE,
			    "MPI: rank %d on %s is vastar %.*s, rank 0 on %s is %.*s (install the same "
			    "everywhere)",
			    i, world->hosts[i], VERSION_MAX, all[i], world->hosts[0], VERSION_MAX, all[0]);
	free(all);
	return rc;
}

int world_open(struct world *world, struct vastar_error *err)
{
	char own[HOST_NAME_SIZE] = "";

	MPI_Comm_rank(MPI_COMM_WORLD, &world->rank);
	MPI_Comm_size(MPI_COMM_WORLD, &world->size);
	/* A rank that has died must not end this one. */
	MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
	world->hosts = calloc((size_t)world->size, sizeof(*world->hosts));
	if (!world->hosts)
		return err_nomem(err, "MPI");
	gethostname(own, sizeof(own) - 1);
	gather_all(own, world->hosts, HOST_NAME_SIZE);
	return check_versions(world, err);
}

void world_close(struct world *world)
{
	free(world->hosts);
	world->hosts = NULL;
}

/* ---- failures ---- */

struct outcome {
	int rc;
	struct vastar_error err;
};

int world_agree(const struct world *world, int rc, struct vastar_error *err)
{
	struct outcome own = {.rc = rc}, *all = calloc((size_t)world->size, sizeof(*all));
	int first = -1, alike = 0;

	if (!all) /* the others wait */
		MPI_Abort(MPI_COMM_WORLD, 1);
	if (rc)
		own.err = *err;
	gather_all(&own, all, sizeof(own));
	for (int i = 0; i < world->size; i++) {
		if (all[i].rc && first < 0)
			first = i;
		alike += all[i].rc && !strcmp(all[i].err.text, all[first].err.text);
	}
	rc = first < 0 ? 0 : all[first].rc;
	if (rc && alike == world->size)
		*err = all[first].err;
	else if (rc)
		err_set(err, all[first].err.status, "%s (rank %d): %.400s", world->hosts[first], first,
			all[first].err.text);
	free(all);
	return rc;
}

/* ---- clocks ---- */

/* Seconds by which the clocks of neighbouring ranks differ, for tests. */
static uint64_t shift_ns(const struct world *world)
{
	const char *seconds = getenv("VASTAR_MPI_CLOCK_SHIFT");

	return seconds ? (uint64_t)world->rank * strtoul(seconds, NULL, 10) * NS_PER_S : 0;
}

uint64_t world_clock_ns(const struct world *world)
{
	return clock_now_ns() + shift_ns(world);
}

uint64_t world_monotonic_ns(const struct world *world, uint64_t clock_ns)
{
	return clock_ns - shift_ns(world);
}
