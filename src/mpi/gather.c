/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "mpi/gather.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/signals.h"
#include "engine/run.h"

enum { TAG_STATUS = 1, TAG_ORDER, TAG_RESULT };
enum { ORDER_STOP = 1, ORDER_HURRY, ORDER_LEAVE };
enum {
	FRAME_MS = 50,
	TELL_EVERY_MS = 200,
	LOST_AFTER_MS = 3000,
	/* After a signal mpirun kills its processes within about a second. */
	HURRY_MS = 600,
	LEAVE_AFTER_MS = 10000,
};

struct status {
	uint64_t requests, responses, errors, elapsed_ns;
	uint32_t open_connections, phase;
	uint32_t interrupted;
};

static struct status status_of(const struct vastar_run *run)
{
	struct vastar_progress now;

	vastar_run_progress(run, &now);
	return (struct status){.requests = now.requests,
			       .responses = now.responses,
			       .errors = now.errors,
			       .elapsed_ns = now.elapsed_ns,
			       .open_connections = now.open_connections,
			       .phase = now.phase,
			       .interrupted = signals_received() != 0};
}

/* ---- the result as a text ---- */

static int finish_run(struct vastar_run *run, struct part *part, struct vastar_error *err)
{
	struct vastar_result *result;
	int rc = vastar_run_finish(run, &result, err);
	FILE *out;

	if (rc)
		return rc;
	out = open_memstream(&part->json, &part->length);
	rc = out ? vastar_result_write(result, "json", NULL, out, err) : err_nomem(err, "result");
	if (out && fclose(out) && !rc)
		rc = err_nomem(err, "result");
	vastar_result_free(result);
	return rc;
}

/* ---- the other ranks ---- */

struct teller {
	MPI_Request told, order;
	struct status status; /* being sent */
	uint64_t next_ns;
	int said;
	bool leave;
};

/* Tells rank 0 how this rank stands, and follows its orders. `run` NULL: the run is over. */
static void talk(struct teller *teller, struct vastar_run *run)
{
	int done = 0;
	uint64_t now = clock_now_ns();

	MPI_Test(&teller->told, &done, MPI_STATUS_IGNORE);
	if (done && now >= teller->next_ns) {
		if (run)
			teller->status = status_of(run);
		MPI_Isend(&teller->status, sizeof(teller->status), MPI_BYTE, 0, TAG_STATUS, MPI_COMM_WORLD,
			  &teller->told);
		teller->next_ns = now + TELL_EVERY_MS * NS_PER_MS;
	}
	MPI_Test(&teller->order, &done, MPI_STATUS_IGNORE);
	if (!done)
		return;
	if (run)
		vastar_run_stop(run);
	if (run && teller->said == ORDER_HURRY)
		run_hurry(run);
	if (teller->said == ORDER_LEAVE)
		teller->leave = true;
	else
		MPI_Irecv(&teller->said, 1, MPI_INT, 0, TAG_ORDER, MPI_COMM_WORLD, &teller->order);
}

static void wait_for_leave(struct teller *teller)
{
	uint64_t until = clock_now_ns() + LEAVE_AFTER_MS * NS_PER_MS;

	while (!teller->leave && clock_now_ns() < until) {
		talk(teller, NULL);
		world_nap();
	}
}

int gather_hand_over(const struct world *world, struct vastar_run *run, struct vastar_error *err)
{
	struct teller teller = {.told = MPI_REQUEST_NULL};
	struct part part = {0};
	MPI_Request sent;
	int rc, done = 0;

	(void)world;
	MPI_Irecv(&teller.said, 1, MPI_INT, 0, TAG_ORDER, MPI_COMM_WORLD, &teller.order);
	while (!vastar_run_wait(run, FRAME_MS)) {
		talk(&teller, run);
		if (signals_received())
			run_hurry(run);
	}
	signals_disarm();
	rc = finish_run(run, &part, err);
	MPI_Isend(part.json, rc ? 0 : (int)part.length, MPI_BYTE, 0, TAG_RESULT, MPI_COMM_WORLD, &sent);
	while (MPI_Test(&sent, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done && !teller.leave) {
		talk(&teller, NULL);
		world_nap();
	}
	wait_for_leave(&teller);
	if (done)
		free(part.json); /* else MPI still reads it */
	return rc;
}

/* ---- rank 0 ---- */

struct peer {
	MPI_Request heard;
	struct status status, incoming;
	uint64_t heard_ns;
};

struct gathering {
	const struct world *world;
	struct part *parts;
	struct peer *peers; /* [size]; the first one is unused */
	struct vastar_run *run;
	bool ended;	     /* its own run */
	int ordered;	     /* the strongest order so far */
	uint64_t give_up_ns; /* 0: no signal has come */
};

static void listen_to(struct peer *peer, int rank)
{
	MPI_Irecv(&peer->incoming, sizeof(peer->incoming), MPI_BYTE, rank, TAG_STATUS, MPI_COMM_WORLD,
		  &peer->heard);
}

static bool is_awaited(const struct gathering *g, int rank)
{
	return !g->parts[rank].json && !g->parts[rank].lost;
}

static void order_all(struct gathering *g, int order)
{
	MPI_Request request;
	static int orders[] = {0, ORDER_STOP, ORDER_HURRY, ORDER_LEAVE}; /* must stay while they are sent */

	if (order <= g->ordered)
		return;
	g->ordered = order;
	if (!g->ended)
		vastar_run_stop(g->run);
	if (!g->ended && order == ORDER_HURRY)
		run_hurry(g->run);
	for (int rank = 1; rank < g->world->size; rank++) {
		if (g->parts[rank].lost)
			continue;
		MPI_Isend(&orders[order], 1, MPI_INT, rank, TAG_ORDER, MPI_COMM_WORLD, &request);
		MPI_Request_free(&request);
	}
}

static void hear(struct gathering *g, int rank, uint64_t now)
{
	struct peer *peer = &g->peers[rank];
	int done = 0;

	if (MPI_Test(&peer->heard, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS || !done)
		return;
	peer->status = peer->incoming;
	peer->heard_ns = now;
	listen_to(peer, rank);
	if (peer->status.interrupted && !g->give_up_ns)
		order_all(g, ORDER_STOP);
}

static void take_result(struct gathering *g, int rank)
{
	struct part *part = &g->parts[rank];
	MPI_Status status;
	int there = 0, length = 0;

	if (MPI_Iprobe(rank, TAG_RESULT, MPI_COMM_WORLD, &there, &status) != MPI_SUCCESS || !there)
		return;
	MPI_Get_count(&status, MPI_BYTE, &length);
	part->json = malloc((size_t)length + 1);
	part->length = (size_t)length;
	if (!part->json || MPI_Recv(part->json, length, MPI_BYTE, rank, TAG_RESULT, MPI_COMM_WORLD,
				    MPI_STATUS_IGNORE) != MPI_SUCCESS) {
		free(part->json);
		part->json = NULL;
		part->lost = true;
	}
}

static void look_at(struct gathering *g, int rank, uint64_t now)
{
	bool late = now > g->peers[rank].heard_ns + LOST_AFTER_MS * NS_PER_MS;

	if (!is_awaited(g, rank))
		return;
	hear(g, rank, now);
	take_result(g, rank);
	if (!is_awaited(g, rank) || !(late || (g->give_up_ns && now > g->give_up_ns)))
		return;
	g->parts[rank].lost = true;
	order_all(g, ORDER_STOP);
}

static void draw(const struct gathering *g, struct progress *progress)
{
	struct vastar_progress all;

	if (!progress_wanted(progress))
		return;
	vastar_run_progress(g->run, &all);
	all.p50_s = all.p99_s = 0; /* of this rank alone */
	for (int rank = 1; rank < g->world->size; rank++) {
		const struct status *status = &g->peers[rank].status;

		all.requests += status->requests;
		all.responses += status->responses;
		all.errors += status->errors;
		all.open_connections += status->open_connections;
	}
	progress_draw(progress, &all);
}

static bool all_there(const struct gathering *g)
{
	for (int rank = 1; rank < g->world->size; rank++)
		if (is_awaited(g, rank))
			return false;
	return true;
}

static void look_around(struct gathering *g)
{
	uint64_t now = clock_now_ns();

	if (signals_received() && !g->give_up_ns) {
		g->give_up_ns = now + HURRY_MS * NS_PER_MS;
		order_all(g, ORDER_HURRY);
	}
	for (int rank = 1; rank < g->world->size; rank++)
		look_at(g, rank, now);
}

int gather_parts(const struct world *world, struct vastar_run *run, const struct vastar_plan *whole,
		 enum progress_style style, struct part *parts, struct vastar_error *err)
{
	struct gathering g = {.world = world, .parts = parts, .run = run};
	struct progress progress;
	int rc;

	g.peers = calloc((size_t)world->size, sizeof(*g.peers));
	if (!g.peers)
		MPI_Abort(MPI_COMM_WORLD, 1);
	for (int rank = 1; rank < world->size; rank++) {
		g.peers[rank].heard_ns = clock_now_ns();
		listen_to(&g.peers[rank], rank);
	}
	progress_init(&progress, style, whole->whole.requests, whole->duration_ns);
	while (!vastar_run_wait(run, FRAME_MS)) {
		look_around(&g);
		draw(&g, &progress);
	}
	progress_clear(&progress);
	g.ended = true;
	rc = finish_run(run, &parts[0], err);
	while (!all_there(&g)) {
		look_around(&g);
		world_nap();
	}
	/* Receives that are still posted write into it. */
	for (int rank = 1; rank < world->size; rank++) {
		MPI_Cancel(&g.peers[rank].heard);
		MPI_Request_free(&g.peers[rank].heard);
	}
	return rc;
}

void gather_dismiss(const struct world *world)
{
	static int leave = ORDER_LEAVE;
	MPI_Request request;

	for (int rank = 1; rank < world->size; rank++) {
		MPI_Isend(&leave, 1, MPI_INT, rank, TAG_ORDER, MPI_COMM_WORLD, &request);
		MPI_Request_free(&request);
	}
}
