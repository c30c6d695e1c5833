/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "mpi/gather.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/signals.h"
#include "engine/run.h"

enum { TAG_STATUS = 1, TAG_ORDER, TAG_RESULT, TAG_METRICS };
enum { ORDER_STOP = 1, ORDER_HURRY, ORDER_LEAVE, ORDER_AGAIN };
enum {
	FRAME_MS = 50,
	TELL_EVERY_MS = 200,
	METRICS_EVERY_MS = 1000, /* they have whole histograms */
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

/* *resultp stays, for the request log. */
static int finish_run(struct vastar_run *run, struct part *part, struct vastar_result **resultp,
		      struct vastar_error *err)
{
	int rc = vastar_run_finish(run, resultp, err);
	FILE *out;

	if (rc) {
		*resultp = NULL;
		return rc;
	}
	out = open_memstream(&part->json, &part->length);
	rc = out ? vastar_result_write(*resultp, "json", NULL, out, err) : err_nomem(err, "result");
	if (out && fclose(out) && !rc)
		rc = err_nomem(err, "result");
	return rc;
}

/* ---- the other ranks ---- */

struct member {
	MPI_Request told, order, shown;
	struct status status; /* being sent */
	uint64_t next_ns, next_metrics_ns;
	int said;
	bool leave, again;
	struct live_part *metrics; /* owned; being sent; NULL: not wanted */
	struct totals *earlier;	   /* owned: of the runs before this one */
};

struct member *gather_join(bool metrics)
{
	struct member *member = calloc(1, sizeof(*member));

	if (!member)
		MPI_Abort(MPI_COMM_WORLD, 1);
	member->told = member->shown = MPI_REQUEST_NULL;
	if (metrics) {
		member->metrics = calloc(1, sizeof(*member->metrics));
		member->earlier = totals_new();
		if (!member->metrics || !member->earlier)
			MPI_Abort(MPI_COMM_WORLD, 1);
	}
	return member;
}

static void show(struct member *member, const struct vastar_run *run, uint64_t now)
{
	struct live_part *part = member->metrics;
	int done = 0;

	if (!part)
		return;
	MPI_Test(&member->shown, &done, MPI_STATUS_IGNORE);
	if (!done || !run || now < member->next_metrics_ns)
		return;
	part->totals = *member->earlier;
	run_totals(run, &part->totals);
	run_gauges(run, &part->gauges);
	MPI_Isend(part, sizeof(*part), MPI_BYTE, 0, TAG_METRICS, MPI_COMM_WORLD, &member->shown);
	member->next_metrics_ns = now + METRICS_EVERY_MS * NS_PER_MS;
}

/* Tells rank 0 how this rank stands, and follows its orders. `run` NULL: the run is over. */
static void talk(struct member *member, struct vastar_run *run)
{
	int done = 0;
	uint64_t now = clock_now_ns();

	MPI_Test(&member->told, &done, MPI_STATUS_IGNORE);
	if (done && now >= member->next_ns) {
		if (run)
			member->status = status_of(run);
		MPI_Isend(&member->status, sizeof(member->status), MPI_BYTE, 0, TAG_STATUS, MPI_COMM_WORLD,
			  &member->told);
		member->next_ns = now + TELL_EVERY_MS * NS_PER_MS;
	}
	show(member, run, now);
	MPI_Test(&member->order, &done, MPI_STATUS_IGNORE);
	if (!done)
		return;
	if (run)
		vastar_run_stop(run);
	if (run && member->said == ORDER_HURRY)
		run_hurry(run);
	member->leave = member->said == ORDER_LEAVE;
	member->again = member->said == ORDER_AGAIN;
	if (!member->leave && !member->again)
		MPI_Irecv(&member->said, 1, MPI_INT, 0, TAG_ORDER, MPI_COMM_WORLD, &member->order);
}

int gather_hand_over(struct member *member, struct vastar_run *run, struct vastar_result **resultp,
		     struct vastar_error *err)
{
	struct part part = {0};
	MPI_Request sent;
	int rc, done = 0;

	member->leave = member->again = false;
	member->next_metrics_ns = 0;
	MPI_Irecv(&member->said, 1, MPI_INT, 0, TAG_ORDER, MPI_COMM_WORLD, &member->order);
	while (!vastar_run_wait(run, FRAME_MS)) {
		talk(member, run);
		if (signals_received())
			run_hurry(run);
	}
	rc = finish_run(run, &part, resultp, err);
	if (!rc && member->earlier)
		totals_add(member->earlier, (*resultp)->result->sum);
	MPI_Isend(part.json, rc ? 0 : (int)part.length, MPI_BYTE, 0, TAG_RESULT, MPI_COMM_WORLD, &sent);
	while (MPI_Test(&sent, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done && !member->leave) {
		talk(member, NULL);
		world_nap();
	}
	if (done)
		free(part.json); /* else MPI still reads it */
	return rc;
}

bool gather_await_word(struct member *member, uint64_t linger_ns)
{
	uint64_t until = clock_now_ns() + LEAVE_AFTER_MS * NS_PER_MS + linger_ns;

	while (!member->leave && !member->again && clock_now_ns() < until) {
		talk(member, NULL);
		world_nap();
	}
	return member->again;
}

/* ---- rank 0 ---- */

struct peer {
	MPI_Request heard;
	struct status status, incoming;
	uint64_t heard_ns;
};

/* Metrics that have arrived are shown at once. */
static void take_metrics(struct live *live, int rank)
{
	struct live_part *part = NULL;
	int there = 0;

	if (!live ||
	    MPI_Iprobe(rank, TAG_METRICS, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE) != MPI_SUCCESS || !there)
		return;
	part = malloc(sizeof(*part));
	if (part && MPI_Recv(part, sizeof(*part), MPI_BYTE, rank, TAG_METRICS, MPI_COMM_WORLD,
			     MPI_STATUS_IGNORE) == MPI_SUCCESS)
		live_show_part(live, (unsigned)rank - 1, part);
	free(part);
}

struct gathering {
	const struct world *world;
	struct part *parts;
	struct peer *peers; /* [size]; the first one is unused */
	struct vastar_run *run;
	struct live *live;   /* NULL: nobody reads metrics */
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
	take_metrics(g->live, rank);
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
		 const struct wanted *wanted, struct part *parts, struct vastar_result **resultp,
		 struct vastar_error *err)
{
	struct gathering g = {.world = world, .parts = parts, .run = run, .live = wanted->exporters.live};
	struct progress progress;
	int rc;

	g.peers = calloc((size_t)world->size, sizeof(*g.peers));
	if (!g.peers)
		MPI_Abort(MPI_COMM_WORLD, 1);
	for (int rank = 1; rank < world->size; rank++) {
		g.peers[rank].heard_ns = clock_now_ns();
		listen_to(&g.peers[rank], rank);
	}
	progress_init(&progress, wanted->progress, whole->whole.requests, whole->duration_ns);
	while (!vastar_run_wait(run, FRAME_MS)) {
		look_around(&g);
		draw(&g, &progress);
	}
	progress_clear(&progress);
	g.ended = true;
	if (g.live)
		live_detach(g.live);
	rc = finish_run(run, &parts[0], resultp, err);
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

static void say_to_all(const struct world *world, const int *word)
{
	MPI_Request request;

	for (int rank = 1; rank < world->size; rank++) {
		MPI_Isend(word, 1, MPI_INT, rank, TAG_ORDER, MPI_COMM_WORLD, &request);
		MPI_Request_free(&request);
	}
}

void gather_again(const struct world *world)
{
	static const int again = ORDER_AGAIN;

	say_to_all(world, &again);
}

void gather_dismiss(const struct world *world)
{
	static const int leave = ORDER_LEAVE;

	say_to_all(world, &leave);
}
