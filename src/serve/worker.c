/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/worker.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "io/uapi.h"
#include "serve/http2.h"

enum {
	SQ_ENTRIES = 1024,
	CQ_ENTRIES = 8192,
	BUFFER_GROUP = 1,
	/* Small and few, so that the pool stays in the cache: a request is a few hundred bytes, and long
	 * bodies are dropped in the kernel. */
	BUFFER_COUNT = 1024,
	BUFFER_BYTES = 1024,
	/* With a transport, every byte is received. */
	WRAPPED_COUNT = 512,
	WRAPPED_BYTES = 4096,
};

/* Sends are expected to end within the submit; one that does not may delay the others for this long. */
#define SEND_PATIENCE_NS NS_PER_MS
/* The pause after an accept that failed for lack of memory. */
#define ACCEPT_PAUSE_NS (10 * NS_PER_MS)

/* ---- setting up ---- */

static size_t clients_bytes(const struct serve_worker *w)
{
	return w->client_max * sizeof(*w->clients);
}

/* Memory from mmap: connections that never arrive cost nothing. */
static int open_clients(struct serve_worker *w, struct vastar_error *err)
{
	void *memory =
	    mmap(NULL, clients_bytes(w), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return err_nomem(err, "connections of the server");
	w->clients = memory;
	if (!hold_init(&w->hold, w->client_max + (w->settings->http2 ? HTTP2_STREAMS_HELD : 0),
		       w->settings->capacity) ||
	    !plain_init(&w->plain, w->settings))
		return err_nomem(err, "answers of the server");
	if (w->log && !serve_log_init(w->log, w->log->capacity, w->client_max))
		return err_nomem(err, "request log (lower --request-log-max)");
	return 0;
}

static void arm_accept(struct serve_worker *w)
{
	struct io_uring_sqe *sqe = ring_sqe(&w->ring);

	/* getpeername() does not work for a socket in the file table, and a multishot accept does not report
	 * the peer. */
	w->peer_length = sizeof(w->peer);
	if (w->log) {
		io_uring_prep_accept(sqe, w->listener, &w->peer.any, &w->peer_length, 0);
		sqe->file_index = IORING_FILE_INDEX_ALLOC; /* liburing 2.3 changes the value */
	} else {
		io_uring_prep_multishot_accept_direct(sqe, w->listener, NULL, NULL, 0);
	}
	sqe->user_data = ring_tag(OP_ACCEPT, 0, 0);
	w->accepting = true;
	w->accept_retry_ns = 0;
}

int serve_worker_init(struct serve_worker *w, struct vastar_error *err)
{
	struct ring_config config = {.sq_entries = SQ_ENTRIES,
				     .cq_entries = CQ_ENTRIES,
				     .files = w->client_max,
				     /* Accepting needs no probing, unlike connecting. */
				     .disabled = RING_DIRECT_SOCKETS | RING_FIXED_BUFFERS};
	int rc;

	/* Clients are compared with these delays: the default timer slack of 50 us would be in all of
	 * them. */
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	rc = open_clients(w, err);
	if (!rc)
		rc = wrap_open(w, w->prepared, err);
	if (!rc)
		rc = http2_open(w, err);
	if (rc)
		return rc;
	if (w->wraps.transport)
		config.disabled |= RING_TRUNC_DROP;
	rc = ring_open(&w->ring, &config, err);
	if (rc)
		return rc;
	if (!w->ring.fixed_files) {
		ring_close(&w->ring);
		return err_set(
		    err, VASTAR_E_SYSTEM,
		    "file table: the kernel does not take one of %u entries (raise the limit: ulimit "
		    "-n, or allow fewer connections)",
		    w->client_max);
	}
	rc = bufring_open(&w->buffers, &w->ring, BUFFER_GROUP,
			  w->wraps.transport ? WRAPPED_COUNT : BUFFER_COUNT,
			  w->wraps.transport ? WRAPPED_BYTES : BUFFER_BYTES, err);
	if (rc) {
		ring_close(&w->ring);
		return rc;
	}
	w->opened = true;
	if (w->spread)
		spread_open(w->spread, w->index, w->ring.uring.ring_fd);
	hold_random_init(&w->random, w->settings->seed, w->index);
	w->holds = w->settings->capacity || w->settings->delay.kind != SERVE_DELAY_NONE;
	arm_accept(w);
	if (w->stop_fd >= 0) {
		struct io_uring_sqe *sqe = ring_sqe(&w->ring);

		io_uring_prep_poll_add(sqe, w->stop_fd, POLLIN);
		sqe->user_data = ring_tag(OP_STOP, 0, 0);
	}
	return 0;
}

/* All operations must end before their memory is freed, and before the port is free again. Cancelling
 * only queues the last completions, and a cancelled accept holds its listener until its completion is
 * made. Closing the ring would do all that too, but some time later. */
static void cancel_all(struct serve_worker *w)
{
	struct io_uring_sync_cancel_reg all = {.flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL,
					       .timeout = {.tv_sec = 1}};

	io_uring_register_sync_cancel(&w->ring.uring, &all);
	ring_reap(&w->ring);
}

void serve_worker_deinit(struct serve_worker *w)
{
	if (w->opened) {
		cancel_all(w);
		bufring_close(&w->buffers, &w->ring);
		ring_close(&w->ring);
	}
	for (uint32_t i = 0; w->clients && i < w->client_max; i++)
		if (w->clients[i].flags & CLIENT_OPEN)
			client_deinit(w, &w->clients[i]);
	if (w->clients)
		munmap(w->clients, clients_bytes(w));
	w->clients = NULL;
	hold_deinit(&w->hold);
	plain_deinit(&w->plain);
	http2_close(w);
	wrap_close(w);
}

/* ---- the loop ---- */

/* Puts the socket into the file table of worker `to` as well. */
static void pass(struct serve_worker *w, uint32_t slot, unsigned to)
{
	struct io_uring_sqe *sqe = ring_sqe(&w->ring);

	uring_prep_msg_fd(sqe, w->spread->each[to].ring, (int)slot, IORING_FILE_INDEX_ALLOC - 1,
			  ring_tag(OP_ADOPT, 0, 0));
	sqe->user_data = ring_tag(OP_PASS, to, slot);
	w->open++; /* until its slot here is free */
}

static void on_passed(struct serve_worker *w, uint32_t slot, unsigned to, int res)
{
	struct io_uring_sqe *sqe;

	if (res < 0) { /* the other's table is full, or it has ended */
		w->open--;
		spread_move(w->spread, to, w->index);
		client_accepted(w, slot);
		return;
	}
	sqe = ring_sqe(&w->ring);
	io_uring_prep_close_direct(sqe, slot);
	sqe->user_data = ring_tag(OP_FORGOTTEN, 0, slot);
}

/* A socket is now in the file table, at `slot`. */
static void take(struct serve_worker *w, uint32_t slot)
{
	unsigned owner = w->spread ? spread_take(w->spread, w->index) : w->index;

	if (w->log) /* the port is at the same offset in both families */
		serve_log_accepted(w->log, slot, ntohs(w->peer.v4.sin_port));
	if (owner == w->index)
		client_accepted(w, slot);
	else
		pass(w, slot, owner);
}

static void on_accept(struct serve_worker *w, int res, bool more)
{
	if (!more)
		w->accepting = false;
	if (res >= 0)
		take(w, (uint32_t)res);
	if (w->accepting)
		return;
	/* The table is full: the next connection that closes makes room. Other errors pass. */
	if (res == -ENFILE && w->open)
		return;
	if (res >= 0 || res == -ECONNABORTED || res == -EINTR || res == -EAGAIN)
		arm_accept(w);
	else
		w->accept_retry_ns = clock_now_ns() + ACCEPT_PAUSE_NS;
}

static void on_close(struct serve_worker *w, bool was_client)
{
	w->open--;
	if (w->spread && was_client)
		spread_drop(w->spread, w->index);
	if (!w->accepting)
		arm_accept(w);
}

static void on_receive(struct serve_worker *w, struct client *c, const struct io_uring_cqe *cqe, bool stale)
{
	bool has_buffer = cqe->flags & IORING_CQE_F_BUFFER;
	uint32_t id = cqe->flags >> IORING_CQE_BUFFER_SHIFT;

	if (!stale)
		client_on_received(w, c, cqe->res, has_buffer ? bufring_at(&w->buffers, id) : NULL,
				   cqe->flags & IORING_CQE_F_MORE);
	if (has_buffer)
		bufring_return(&w->buffers, id);
}

static void handle_cqe(struct serve_worker *w, const struct io_uring_cqe *cqe)
{
	struct client *c = &w->clients[ring_tag_index(cqe->user_data)];
	bool stale = (c->generation & 0xffffff) != ring_tag_generation(cqe->user_data);

	switch ((enum serve_op)ring_tag_op(cqe->user_data)) {
	case OP_ACCEPT:
		on_accept(w, cqe->res, cqe->flags & IORING_CQE_F_MORE);
		break;
	case OP_STOP:
		w->stopping = true;
		break;
	case OP_RECV:
		on_receive(w, c, cqe, stale);
		break;
	case OP_DROP:
		if (!stale)
			client_on_dropped(w, c, cqe->res);
		break;
	case OP_SEND:
		if (!stale)
			client_on_sent(w, c, cqe->res);
		break;
	case OP_CLOSE:
		on_close(w, true);
		break;
	case OP_PASS:
		on_passed(w, ring_tag_index(cqe->user_data), ring_tag_generation(cqe->user_data), cqe->res);
		break;
	case OP_ADOPT:
		if (cqe->res >= 0)
			client_accepted(w, (uint32_t)cqe->res);
		break;
	case OP_FORGOTTEN:
		on_close(w, false);
		break;
	case OP_IGNORED:
		break;
	}
}

static void release_due(struct serve_worker *w)
{
	uint32_t id;

	if (hold_next(&w->hold) == UINT64_MAX)
		return;
	for (uint64_t now = clock_now_ns(); hold_pop(&w->hold, now, &id);) {
		if (id < w->client_max)
			client_on_due(w, &w->clients[id]);
		else
			http2_on_due(w, id - w->client_max);
	}
}

static void rearm_starved(struct serve_worker *w)
{
	uint32_t at = w->starved;

	w->starved = 0;
	while (at) {
		struct client *c = &w->clients[at - 1];

		at = c->next_starved;
		client_rearm(w, c);
	}
}

static uint64_t patience(const struct serve_worker *w)
{
	uint64_t due = hold_next(&w->hold), now;

	if (w->accept_retry_ns && w->accept_retry_ns < due)
		due = w->accept_retry_ns;
	if (due == UINT64_MAX)
		return due;
	now = clock_now_ns();
	return due > now ? due - now : 0;
}

/* All completions of operations queued before the last wait are in the queue. Only then does a missing
 * completion mean that a silent send is complete. */
static bool all_told(const struct serve_worker *w)
{
	return !io_uring_sq_ready(&w->ring.uring) &&
	       !(__atomic_load_n(w->ring.uring.sq.kflags, __ATOMIC_RELAXED) & IORING_SQ_CQ_OVERFLOW);
}

/* In the order of their completions, which is the order of arrival for the capacity's queue. */
static void act(struct serve_worker *w)
{
	uint32_t at = w->first_awake;

	w->first_awake = w->last_awake = 0;
	while (at) {
		struct client *c = &w->clients[at - 1];

		at = c->next_awake;
		client_act(w, c);
	}
}

static void handle_completions(struct serve_worker *w)
{
	struct io_uring_cqe *cqe;
	unsigned head, seen = 0;

	io_uring_for_each_cqe(&w->ring.uring, head, cqe)
	{
		handle_cqe(w, cqe);
		seen++;
	}
	io_uring_cq_advance(&w->ring.uring, seen);
}

void serve_worker_run(struct serve_worker *w)
{
	while (!w->stopping) {
		bool told;

		ring_wait(&w->ring, 1, 0, w->first_awake ? 0 : patience(w));
		told = all_told(w);
		handle_completions(w);
		release_due(w);
		if (told)
			act(w);
		if (w->accept_retry_ns && clock_now_ns() >= w->accept_retry_ns)
			arm_accept(w);
		bufring_commit(&w->buffers);
		rearm_starved(w);
	}
}
