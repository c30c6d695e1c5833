/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/worker_setup.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include "engine/conn_internal.h"
#include "engine/conn_move.h"
#include "engine/conn_tunnel.h"
#include "engine/conn_wrap.h"

enum {
	SMALL_BUFFERS_MIN = 64,
	SMALL_BUFFERS_MAX = 1024,
	SQ_ENTRIES_MIN = 64,
	SQ_ENTRIES_MAX = 1024,
	/* A write from a registered buffer takes the path of files through the kernel, which costs a short
	 * request 3 to 5 % of the rate compared with a plain send. From this size on the copy dominates,
	 * and both are equally fast. */
	REGISTERED_REQUEST_MIN = 4 * 1024,
	REGISTERED_REQUEST_MAX = 64 * 1024, /* locked memory is scarce for plain users */
};

static uint32_t power_of_two(uint32_t at_least)
{
	uint32_t power = 1;

	while (power < at_least)
		power *= 2;
	return power;
}

static uint32_t clamp(uint32_t value, uint32_t low, uint32_t high)
{
	return value < low ? low : value > high ? high : value;
}

static bool register_request(struct worker *w)
{
	const struct request *request = &w->plan->request;
	struct iovec bytes = {.iov_base = request->bytes, .iov_len = request->length};

	return !w->plan->mix.count && !w->session->several && transport_of(&w->plan->target)->plain &&
	       w->ring.features & RING_FIXED_BUFFERS && request->length >= REGISTERED_REQUEST_MIN &&
	       request->length <= REGISTERED_REQUEST_MAX &&
	       !io_uring_register_buffers(&w->ring.uring, &bytes, 1);
}

int worker_open(struct worker *w, struct vastar_error *err)
{
	uint32_t sq = clamp(power_of_two(w->conn_count), SQ_ENTRIES_MIN, SQ_ENTRIES_MAX);
	struct ring_config config = {
	    .sq_entries = sq, .cq_entries = 4 * sq, .files = w->slot_count, .disabled = w->run->disabled};
	int rc;

	if (plan_has_unix(w->plan)) /* a Unix socket would write the bytes that MSG_TRUNC drops */
		config.disabled |= RING_TRUNC_DROP;
	/* The log needs ordinary sockets: exchange_log.h. The ring's own bind is from Linux 6.11 only. */
	if (w->tally.log || w->plan->reach.local.count)
		config.disabled |= RING_DIRECT_SOCKETS;
	rc = ring_open(&w->ring, &config, err);

	if (rc)
		return rc;
	w->features = w->ring.features;
	w->stamped = w->plan->kernel_timestamps && w->ring.features & RING_MULTISHOT;
	rc = bufring_open(&w->small, &w->ring, GROUP_SMALL,
			  clamp(power_of_two(2 * w->conn_count), SMALL_BUFFERS_MIN, SMALL_BUFFERS_MAX),
			  w->session->small_buffer, err);
	if (!rc)
		rc = conn_wrap_open(w, err);
	if (rc) {
		conn_wrap_close(w);
		bufring_close(&w->small, &w->ring);
		ring_close(&w->ring);
		return rc;
	}
	w->one_buffer = register_request(w);
	if (!w->one_buffer)
		w->features &= ~(uint32_t)RING_FIXED_BUFFERS;
	return 0;
}

/* A slot in a file table counts against the limit of descriptors. */
static bool descriptors_for(uint32_t connections)
{
	struct rlimit limit;

	return !getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur >= connections;
}

bool worker_allocate(struct worker *w)
{
	const struct target *target;

	w->slot_count =
	    w->conn_count * (1 + (w->session->stands_in && descriptors_for(2 * w->plan->connections)));
	w->body_average = UINT32_MAX;
	w->body_cap = BODY_CAP;
	w->conns = aligned_alloc(CACHE_LINE, w->slot_count * sizeof(*w->conns));
	w->starved = calloc(w->slot_count, sizeof(*w->starved));
	w->idle = calloc(w->slot_count, sizeof(*w->idle));
	w->hops = calloc(w->slot_count, sizeof(*w->hops));
	if (!w->conns || !w->starved || !w->idle || !w->hops || !timer_init(&w->timers, w->slot_count) ||
	    !tally_init(&w->tally, w->plan, w->shard, w->warm_shard, &w->run->log_budget, w->slot_count) ||
	    !mixer_init(&w->mixer, w->plan, w->index, w->first_conn, w->conn_count) ||
	    !router_init(&w->router, w->plan) || !w->session->open(w))
		return false;
	memset(w->conns, 0, w->slot_count * sizeof(*w->conns));
	for (uint32_t i = 0; i < w->slot_count; i++) {
		w->conns[i].file = -1;
		w->conns[i].away = w->joins || i >= w->conn_count;
		target = home_of(w, &w->conns[i])->target;
		if (target->spread)
			w->conns[i].address =
			    (w->plan->first_connection + w->first_conn + i) % target->address_count;
	}
	w->keep = move_kept(w);
	return true;
}

void worker_close(struct worker *w)
{
	if (w->transport || w->session->farewell)
		conn_farewells(w);
	bufring_close(&w->small, &w->ring);
	bufring_close(&w->large, &w->ring);
	ring_close(&w->ring);
	move_end(w);
	conn_tunnel_close(w);
	conn_wrap_close(w); /* pending sends have read from its memory */
}

void worker_release(struct worker *w)
{
	router_deinit(&w->router);
	mixer_deinit(&w->mixer);
	timer_deinit(&w->timers);
	tally_deinit(&w->tally);
	w->session->close(w);
	for (uint32_t i = 0; w->hops && i < w->slot_count; i++)
		free(w->hops[i]);
	free(w->hops);
	free(w->conns);
	free(w->starved);
	free(w->idle);
	w->conns = NULL;
}
