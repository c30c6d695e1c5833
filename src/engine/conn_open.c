/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Opens connections, drops them and opens them again, at once or, after repeated failures, later. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/conn_internal.h"
#include "engine/conn_tunnel.h"
#include "io/stamp.h"
#include "io/uapi.h"

enum {
	BACKOFF_MAX_MS = 1000,
	REFUSAL_BACKOFF_MAX_MS = 16, /* the peer is up, so the pause is short */
};

struct socket_option {
	int level;
	int name;
	const void *value;
	socklen_t length;
	enum { ALWAYS, TO_THIS_HOST, FOR_STAMPS } when;
};

static const int zero = 0, one = 1, window = 1000000;
static const char plain_control[] = "reno";

/* The window: by default the kernel opens a connection's receive window gradually, as responses arrive. At
 * first a server that sends long responses has to wait for it. Its congestion control may take that for
 * the limit of the path. BBR then keeps to that limit: nginx, 1 MB, c = 100 had half the rate in one run
 * and all of it in the next. A low-water mark makes room for as many bytes at once and, unlike SO_RCVBUF,
 * lets the window grow further; the mark is then reset. So is the upper limit of the window that some
 * kernels derive from it (Linux 6.1 to the 6.17 of October 2025). Those kernels would negotiate a small
 * window scale for it.
 *
 * The congestion control: a connection to this host itself crosses no network that could be congested.
 * If BBR is the host's choice, it still paces requests, with a timer for what does not go out at once:
 * POST of 10 MB, c = 4, had 0.6 x the rate. Reno is in every kernel. If a host does not allow it, the
 * host's choice stays. */
static const struct socket_option options[] = {
    {IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one), ALWAYS},
    {SOL_SOCKET, SO_RCVLOWAT, &window, sizeof(window), ALWAYS},
    {SOL_SOCKET, SO_RCVLOWAT, &one, sizeof(one), ALWAYS},
    {IPPROTO_TCP, TCP_WINDOW_CLAMP, &zero, sizeof(zero), ALWAYS},
    {IPPROTO_TCP, TCP_CONGESTION, plain_control, sizeof(plain_control) - 1, TO_THIS_HOST},
    {SOL_SOCKET, SO_TIMESTAMPING, &stamp_flags, sizeof(stamp_flags), FOR_STAMPS},
};

static bool option_wanted(const struct worker *w, const struct target_address *address,
			  const struct socket_option *option)
{
	if (address->at.ss_family == AF_UNIX) /* they are TCP's */
		return false;
	return option->when == ALWAYS || (option->when == TO_THIS_HOST && address->local) ||
	       (option->when == FOR_STAMPS && w->stamped);
}

/* Queues socket(), its options and connect(). The kernel runs each SQE right after the one before it,
 * because none of them blocks at its start. So they need no links, each of which would take a detour
 * through the task's work list. */
static void open_direct(struct worker *w, struct conn *c, const struct target_address *address)
{
	struct io_uring_sqe *sqe;

	c->file = (int32_t)conn_index(w, c);
	sqe = ring_sqe(&w->ring);
	io_uring_prep_socket_direct(sqe, address->at.ss_family, SOCK_STREAM, 0, (unsigned)c->file, 0);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	sqe->user_data = tag(w, c, OP_SOCKET);
	for (unsigned i = 0; i < sizeof(options) / sizeof(*options); i++) {
		const struct socket_option *option = &options[i];

		if (!option_wanted(w, address, option))
			continue;
		sqe = ring_sqe(&w->ring);
		uring_prep_setsockopt(sqe, c->file, option->level, option->name, option->value,
				      option->length);
		sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
		sqe->user_data = tag(w, c, OP_SETSOCKOPT);
	}
}

/* Where both local addresses and the peer's are taken in turn, each pair of them gets its turn. */
static int bind_local(const struct worker *w, const struct conn *c, int fd,
		      const struct target_address *address)
{
	const struct target *target = home_of(w, c)->target;
	uint32_t number = w->first_conn + conn_index(w, c);

	return local_addresses_bind(&w->plan->reach.local, fd, address->at.ss_family,
				    target->spread ? number / target->address_count : number);
}

/* The same with syscalls. Then the socket moves into the file table, if there is one. Returns 0 or -errno. */
static int open_ordinary(struct worker *w, struct conn *c, const struct target_address *address)
{
	int fd, rc;

	ring_submit(&w->ring); /* the queued close of the slot's old socket, if any, must come first */
	fd = socket(address->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	for (unsigned i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (option_wanted(w, address, &options[i]))
			setsockopt(fd, options[i].level, options[i].name, options[i].value,
				   options[i].length);
	if (w->plan->reach.local.count && (rc = bind_local(w, c, fd, address))) {
		close(fd);
		return rc;
	}
	c->file = fd;
	if (!file_flag(w))
		return 0;
	c->file = (int32_t)conn_index(w, c);
	rc = io_uring_register_files_update(&w->ring.uring, (unsigned)c->file, &fd, 1);
	if (w->tally.log)
		exchange_log_opened(w->tally.log, conn_index(w, c), fd);
	else
		close(fd); /* the table now holds the socket */
	if (rc < 0)
		c->file = -1;
	return rc < 0 ? rc : 0;
}

void conn_open(struct worker *w, struct conn *c)
{
	const struct route *route = route_of(w, c);
	const struct target_address *address =
	    &route->target->addresses[c->address % route->target->address_count];
	struct io_uring_sqe *sqe;

	timer_cancel(&w->timers, conn_index(w, c));
	c->state = CONN_CONNECTING;
	c->since_ns = w->now_ns;
	c->unsent = 0;
	if (c->stale)
		tally_renewed(&w->tally, w->now_ns);
	c->stale = false;
	if (w->ring.features & RING_DIRECT_SOCKETS) {
		open_direct(w, c, address);
	} else {
		int rc = open_ordinary(w, c, address);

		if (rc) {
			conn_connect_failed(w, c, -rc);
			return;
		}
	}
	if (!route->own_origin)
		c->flags |= CONN_LAST;
	sqe = ring_sqe(&w->ring);
	io_uring_prep_connect(sqe, c->file, (const struct sockaddr *)&address->at, address->length);
	sqe->flags |= file_flag(w);
	sqe->user_data = tag(w, c, OP_CONNECT);
}

/* The cancel runs at once, so the order of the two SQEs is enough. */
void conn_drop(struct worker *w, struct conn *c)
{
	bool fixed = file_flag(w);
	struct io_uring_sqe *sqe;

	timer_cancel(&w->timers, conn_index(w, c));
	if (c->file >= 0) {
		if (c->state == CONN_CONNECTING || c->flags & (CONN_RECEIVING | CONN_SENDING)) {
			sqe = ring_sqe(&w->ring);
			io_uring_prep_cancel_fd(sqe, c->file,
						IORING_ASYNC_CANCEL_ALL |
						    (fixed ? IORING_ASYNC_CANCEL_FD_FIXED : 0));
			sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
			sqe->user_data = tag(w, c, OP_CANCEL);
		}
		if (c->wrapped || w->session->farewell)
			conn_farewell(w, c);
		sqe = ring_sqe(&w->ring);
		if (fixed)
			io_uring_prep_close_direct(sqe, (unsigned)c->file);
		else
			io_uring_prep_close(sqe, c->file);
		sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
		sqe->user_data = tag(w, c, OP_CLOSE);
	}
	if (c->state == CONN_IDLE || c->state == CONN_BUSY || c->state == CONN_LEAVING)
		worker_opened(w, -1);
	if (c->wrapped)
		conn_wrap_end(w, c);
	if (w->tally.log)
		exchange_log_closed(w->tally.log, conn_index(w, c));
	c->generation++;
	c->file = -1;
	c->state = CONN_CLOSED;
	c->flags &= CONN_PENDING | CONN_RETRIED;
}

/* Does one more connection have a request, either one that waits for it or a new one? Each connection that
 * is being opened already claims one of the new requests. */
static bool wanted(const struct worker *w, const struct conn *c)
{
	if (c->flags & CONN_PENDING)
		return true;
	return may_send(w) &&
	       w->share + __atomic_load_n(&w->run->budget.left, __ATOMIC_RELAXED) > w->connecting;
}

static void begin_attempt(struct worker *w, struct conn *c)
{
	w->connecting += !(c->flags & CONN_PENDING);
	conn_open(w, c);
}

void conn_open_if_wanted(struct worker *w, struct conn *c)
{
	if (wanted(w, c))
		begin_attempt(w, c);
}

void conn_stand_in(struct worker *w, struct conn *c)
{
	if (!wanted(w, c))
		return;
	tally_odd(&w->tally, w->now_ns, ODD_RECONNECT);
	begin_attempt(w, c);
}

void conn_pend(struct worker *w, struct conn *c)
{
	bool opening =
	    c->state == CONN_CONNECTING || c->state == CONN_HANDSHAKING || c->state == CONN_GREETING;

	if (c->flags & CONN_PENDING)
		return;
	w->connecting -= opening;
	c->flags |= CONN_PENDING;
	if (c->state == CONN_CLOSED)
		timer_set(&w->timers, conn_index(w, c), w->now_ns);
}

void conn_reopen(struct worker *w, struct conn *c, uint64_t pause_ns)
{
	if (c->away || (w->phase != WORKER_CONNECTING && !wanted(w, c)))
		return;
	if (w->plan->keepalive && !c->stale)
		tally_odd(&w->tally, w->now_ns, ODD_RECONNECT);
	if (pause_ns)
		timer_set(&w->timers, conn_index(w, c), w->now_ns + pause_ns);
	else
		begin_attempt(w, c);
}

static uint64_t backoff_ns(const struct conn *c, unsigned max_ms)
{
	/* 1 ms, then 4, 16, 64, ... up to the maximum: seven steps fit the three bits. */
	uint64_t ms = c->failures ? 1ull << 2 * (c->failures - 1) : 0;

	return (ms < max_ms ? ms : max_ms) * NS_PER_MS;
}

void conn_reopen_after_failure(struct worker *w, struct conn *c, unsigned longest_ms)
{
	c->failures += c->failures < 7;
	conn_reopen(w, c, backoff_ns(c, longest_ms));
}

/* Ends an attempt to connect that was not made for an exchange in flight. */
static void attempt_settled(struct worker *w, const struct conn *c)
{
	if (!(c->flags & CONN_PENDING))
		w->connecting--;
}

/* A connection whose time is up is named by its stage. */
static const char *stage_of(const struct route *route, int error, bool shaking)
{
	if (error != ETIMEDOUT)
		return "";
	if (!shaking)
		return " while connecting";
	return route->target->tls ? " in the TLS handshake" : " in the handshake";
}

static void describe_connect_error(const struct route *route, int error, bool shaking, char *text,
				   size_t size)
{
	const struct proxy *proxy = route->target->proxy;
	char why[80];

	snprintf(why, sizeof(why), "%s%s", strerror(error), stage_of(route, error, shaking));
	if (why[0] >= 'A' && why[0] <= 'Z')
		why[0] = (char)(why[0] + 'a' - 'A');
	if (error == EADDRNOTAVAIL)
		snprintf(text, size, "%s (perhaps no local port is free: --local-address adds addresses)",
			 why);
	else if (proxy)
		snprintf(text, size, "proxy %.60s: %s", proxy->url, why);
	else if (route->own_origin)
		snprintf(text, size, "%s", why);
	else
		snprintf(text, size, "%s (redirected to %.60s port %u)", why, route->target->host,
			 route->target->port);
}

/* No address is left, or the connection cannot be made ready. The exchanges that wait for it fail; if
 * there are none, it uses up a request of -n. */
static void give_up(struct worker *w, struct conn *c, enum error_kind kind, int code, const char *text)
{
	uint64_t age_ns = w->now_ns - c->since_ns;

	c->tries = 0;
	if (c->flags & CONN_PENDING) {
		c->flags &= (uint8_t)~CONN_PENDING;
		w->session->lose(w, c, &(struct loss){kind, code, text, .unreachable = true});
	} else if (w->phase != WORKER_DRAINING && take_request(w, w->now_ns)) {
		mixer_turn(&w->mixer, conn_index(w, c));
		tally_unreachable(&w->tally,
				  (struct exchange_place){.conn = conn_index(w, c),
							  .request = mixer_pick(&w->mixer, conn_index(w, c))},
				  w->now_ns, age_ns, kind, code, text);
	}
}

void conn_fail_idle(struct worker *w, struct conn *c, enum error_kind kind, int code, const char *text)
{
	conn_drop(w, c);
	give_up(w, c, kind, code, text);
	conn_reopen_after_failure(w, c, REFUSAL_BACKOFF_MAX_MS);
}

void conn_unusable(struct worker *w, struct conn *c, enum error_kind kind, int code, const char *text)
{
	conn_drop(w, c);
	attempt_settled(w, c);
	give_up(w, c, kind, code, text);
	conn_reopen_after_failure(w, c, BACKOFF_MAX_MS);
}

void conn_connect_failed(struct worker *w, struct conn *c, int error)
{
	const struct route *route = route_of(w, c);
	bool shaking = c->state == CONN_HANDSHAKING;
	bool proxy_failed = route->target->proxy && !shaking && !local_error(error) && error != EADDRNOTAVAIL;
	char text[160];

	if (conn_tunnelling(w, c)) {
		conn_tunnel_failed(w, c, error);
		return;
	}
	conn_drop(w, c);
	c->address = (uint8_t)((c->address + 1) % route->target->address_count);
	if (++c->tries < route->target->address_count) {
		conn_open(w, c);
		return;
	}
	describe_connect_error(route, error, shaking, text, sizeof(text));
	attempt_settled(w, c);
	give_up(w, c, proxy_failed ? ERROR_PROXY : ERROR_CONNECT, shaking ? -error : error, text);
	conn_reopen_after_failure(w, c, BACKOFF_MAX_MS);
}

void conn_on_socket(struct worker *w, struct conn *c, int res)
{
	(void)w;
	c->unsent = (uint32_t)-res; /* only a failure is reported; the connect that follows then fails too */
}

void conn_on_connect(struct worker *w, struct conn *c, int res)
{
	if (res < 0) {
		conn_connect_failed(w, c, c->unsent ? (int)c->unsent : -res);
		return;
	}
	if (route_of(w, c)->target->tunnel)
		conn_tunnel_begin(w, c);
	else
		conn_connected(w, c);
}

void conn_connected(struct worker *w, struct conn *c)
{
	tally_connected(&w->tally, w->now_ns - c->since_ns);
	if (w->tally.log)
		exchange_log_connected(w->tally.log, conn_index(w, c), file_flag(w) ? -1 : c->file);
	if (transport_of(route_of(w, c)->target)->plain)
		conn_ready(w, c);
	else
		conn_wrap_begin(w, c);
}

void conn_ready(struct worker *w, struct conn *c)
{
	if (!w->session->greet) {
		conn_greeted(w, c);
		return;
	}
	c->state = CONN_GREETING;
	w->session->greet(w, c);
}

void conn_greeted(struct worker *w, struct conn *c)
{
	attempt_settled(w, c);
	c->state = CONN_IDLE;
	c->since_ns = w->now_ns;
	c->tries = 0;
	worker_opened(w, 1);
	if (!__atomic_load_n(&w->run->connected, __ATOMIC_RELAXED))
		__atomic_store_n(&w->run->connected, true, __ATOMIC_RELAXED);
	w->session->ready(w, c);
}
