/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Sets up a ring, and is the one place that enters the kernel. What is switched on, why, and what happens on
 * a kernel without it:
 *
 * - SUBMIT_ALL: one bad SQE does not leave the rest of a batch unsent. Every supported kernel has it.
 * - SINGLE_ISSUER and DEFER_TASKRUN (6.1): completions are made when we ask for them, in our own batch, and
 *   not whenever a packet arrives. Without: COOP_TASKRUN, which at least spares the interrupt.
 * - TASKRUN_FLAG: the kernel sets a bit in shared memory when deferred work waits, so a short spin can watch
 *   for it without a syscall. Without: no spinning, every wait blocks.
 * - Registered ring: io_uring_enter() needs no descriptor look-up. Without: the ordinary descriptor.
 * - File table: sends and receives skip the reference count of a descriptor. Without: ordinary descriptors.
 * - Direct sockets (6.7 for the socket option): socket(), TCP_NODELAY and connect() as SQEs, straight into
 *   the file table. Without: the same three as syscalls, entered into the table afterwards.
 * - Multishot receive: armed once for a connection. Without: a receive for each response.
 * - min-wait (6.12): one enter waits for many completions, but only for a few microseconds once there is one.
 */
#include "io/ring.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "io/uapi.h"

#define SYSCTL_PATH "/proc/sys/kernel/io_uring_disabled"
#define STATUS_PATH "/proc/self/status"

enum { RING_ENTRIES_MIN = 64 };

static const char *const feature_names[RING_FEATURE_COUNT] = {
#define X(constant, name) [constant##_BIT] = name,
    RING_FEATURES(X)
#undef X
};

void ring_feature_names(uint32_t features, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < RING_FEATURE_COUNT && used < size; i++)
		if (features & 1u << i)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? "," : "",
						 feature_names[i]);
}

static bool feature_find(const char *name, size_t length, uint32_t *bitp)
{
	for (unsigned i = 0; i < RING_FEATURE_COUNT; i++) {
		if (strlen(feature_names[i]) == length && !memcmp(feature_names[i], name, length)) {
			*bitp = 1u << i;
			return true;
		}
	}
	return false;
}

int ring_features_parse(const char *names, uint32_t *featuresp, struct vastar_error *err)
{
	uint32_t features = 0, bit;

	if (!strcmp(names, "all")) {
		*featuresp = (1u << RING_FEATURE_COUNT) - 1;
		return 0;
	}
	for (const char *at = names; *at;) {
		size_t length = strcspn(at, ",");

		if (!feature_find(at, length, &bit)) {
			char known[256];

			ring_feature_names(~0u, known, sizeof(known));
			return err_set(err, VASTAR_E_USAGE,
				       "kernel feature '%.*s': not known (use \"all\" or some of %s)",
				       (int)length, at, known);
		}
		features |= bit;
		at += length;
		at += *at == ',';
	}
	*featuresp = features;
	return 0;
}

/* ---- what went wrong ---- */

/* The number after `key` in a small text file; -1 when there is none. An empty key means the first number
 * of the file. */
static long file_number(const char *path, const char *key)
{
	char line[256];
	long value = -1;
	FILE *file = fopen(path, "re");

	if (!file)
		return -1;
	while (value < 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)) && sscanf(line + strlen(key), "%ld", &value) != 1)
			value = -1;
	fclose(file);
	return value;
}

void ring_explain(int error, const char *sysctl_path, const char *status_path, char *text, size_t size)
{
	long disabled = file_number(sysctl_path, "");
	bool filtered = file_number(status_path, "Seccomp:") == 2;
	struct utsname system = {.release = "?"};
	struct rlimit memlock = {0, 0};

	uname(&system);
	switch (error) {
	case EPERM:
		if (disabled > 0)
			snprintf(text, size,
				 "io_uring: switched off on this machine, kernel.io_uring_disabled is %ld "
				 "(as root: sysctl -w kernel.io_uring_disabled=0%s)",
				 disabled, disabled == 1 ? ", or run vastar with CAP_SYS_ADMIN" : "");
		else
			snprintf(text, size,
				 "io_uring: blocked with EPERM%s (a container's seccomp profile usually does "
				 "this: start it "
				 "with --security-opt seccomp=unconfined, or a profile that allows "
				 "io_uring_setup, "
				 "io_uring_enter and io_uring_register)",
				 filtered ? " by a seccomp filter" : "");
		break;
	case ENOSYS:
		snprintf(
		    text, size,
		    "io_uring: not available, the kernel (%s) lacks it or %s hides it with ENOSYS (vastar "
		    "needs Linux 6.1 "
		    "or later; Podman: --security-opt seccomp=unconfined)",
		    system.release,
		    filtered ? "this container's seccomp filter" : "the container or sandbox");
		break;
	case EINVAL:
		snprintf(
		    text, size,
		    "io_uring: the kernel (%s) refuses the ring that vastar needs%s (use Linux 6.1 or later)",
		    system.release, filtered ? ", or a seccomp filter does so in its name" : "");
		break;
	case ENOMEM:
		getrlimit(RLIMIT_MEMLOCK, &memlock);
		snprintf(text, size,
			 "io_uring: no memory for a ring, %llu KiB may be locked by this user (ulimit -l "
			 "unlimited, Docker: "
			 "--ulimit memlock=-1, or use fewer workers: -w 1)",
			 (unsigned long long)memlock.rlim_cur / 1024);
		break;
	case EMFILE:
	case ENFILE:
		snprintf(text, size,
			 "io_uring: no descriptor left for a ring (raise the limit: ulimit -n 65536)");
		break;
	default:
		snprintf(text, size, "io_uring: cannot be set up: %s (vastar needs Linux 6.1 or later)",
			 strerror(error));
	}
}

/* ---- entering the kernel ---- */

/* Shows the kernel the SQEs queued so far. Returns how many it has not taken yet. */
static unsigned flush_queue(struct ring *ring)
{
	struct io_uring_sq *sq = &ring->uring.sq;
	unsigned mask = *sq->kring_mask;

	if (sq->array) /* NULL when a newer liburing has set up the ring without the indirection */
		for (; sq->sqe_head != sq->sqe_tail; sq->sqe_head++)
			sq->array[sq->sqe_head & mask] = sq->sqe_head & mask;
	else
		sq->sqe_head = sq->sqe_tail;
	__atomic_store_n(sq->ktail, sq->sqe_tail, __ATOMIC_RELEASE);
	return sq->sqe_tail - __atomic_load_n(sq->khead, __ATOMIC_ACQUIRE);
}

static int enter(struct ring *ring, unsigned wait_nr, unsigned flags, struct io_uring_getevents_arg *arg)
{
	unsigned queued = flush_queue(ring);

	if (!queued && !flags)
		return 0;
	if (ring->features & RING_REGISTERED_FD)
		flags |= IORING_ENTER_REGISTERED_RING;
	return io_uring_enter2((unsigned)ring->uring.enter_ring_fd, queued, wait_nr,
			       flags | (arg ? IORING_ENTER_EXT_ARG : 0), (sigset_t *)arg,
			       arg ? sizeof(*arg) : _NSIG / 8);
}

/* When the completion queue is full, the kernel keeps further completions in a list of its own. Only an
 * enter with GETEVENTS moves them to the queue. */
static unsigned overflow_flag(struct ring *ring)
{
	if (!(__atomic_load_n(ring->uring.sq.kflags, __ATOMIC_RELAXED) & IORING_SQ_CQ_OVERFLOW))
		return 0;
	ring->cq_overflows++;
	return IORING_ENTER_GETEVENTS;
}

void ring_submit(struct ring *ring)
{
	if (ring->uring.sq.sqe_tail != __atomic_load_n(ring->uring.sq.khead, __ATOMIC_ACQUIRE))
		enter(ring, 0, overflow_flag(ring), NULL);
}

void ring_reap(struct ring *ring)
{
	overflow_flag(ring);
	enter(ring, 0, IORING_ENTER_GETEVENTS, NULL);
}

void ring_wait(struct ring *ring, unsigned wait_nr, uint64_t min_wait_ns, uint64_t timeout_ns)
{
	struct __kernel_timespec longest = {.tv_sec = (long long)(timeout_ns / 1000000000),
					    .tv_nsec = (long long)(timeout_ns % 1000000000)};
	struct io_uring_getevents_arg arg = {.sigmask_sz = _NSIG / 8, .ts = (uintptr_t)&longest};

	overflow_flag(ring);
	if (ring->features & RING_MIN_WAIT)
		URING_MIN_WAIT_USEC(&arg) = (unsigned)(min_wait_ns / 1000);
	if (!timeout_ns)
		enter(ring, 0, IORING_ENTER_GETEVENTS, NULL);
	else if (timeout_ns == UINT64_MAX && !min_wait_ns)
		enter(ring, wait_nr, IORING_ENTER_GETEVENTS, NULL);
	else
		enter(ring, wait_nr, IORING_ENTER_GETEVENTS, &arg);
}

struct io_uring_sqe *ring_sqe(struct ring *ring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);

	while (!sqe) {
		ring->sq_full++;
		enter(ring, 0, overflow_flag(ring), NULL);
		sqe = io_uring_get_sqe(&ring->uring);
	}
	return sqe;
}

void ring_room(struct ring *ring, unsigned count)
{
	while (io_uring_sq_space_left(&ring->uring) < count) {
		ring->sq_full++;
		enter(ring, 0, overflow_flag(ring), NULL);
	}
}

/* ---- setting up ---- */

static int try_setup(struct ring *ring, const struct ring_config *config, unsigned flags)
{
	unsigned sq = config->sq_entries, cq = config->cq_entries;

	for (;;) {
		struct io_uring_params params = {
		    .flags = flags | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE, .cq_entries = cq};
		int rc = io_uring_queue_init_params(sq, &ring->uring, &params);

		/* From 6.14 on, locked memory is scarce for plain users; large rings also need contiguous
		 * pages. */
		if (rc != -ENOMEM || sq <= RING_ENTRIES_MIN)
			return rc;
		sq /= 2;
		cq = cq / 2 < 2 * sq ? 2 * sq : cq / 2;
	}
}

static int setup(struct ring *ring, const struct ring_config *config)
{
	unsigned taskrun = config->disabled & RING_TASKRUN_FLAG ? 0 : IORING_SETUP_TASKRUN_FLAG;
	int rc = -EINVAL;

	if (!(config->disabled & RING_DEFER_TASKRUN)) {
		rc = try_setup(ring, config,
			       IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | taskrun);
		if (!rc)
			ring->features |= RING_DEFER_TASKRUN | (taskrun ? RING_TASKRUN_FLAG : 0);
	}
	if (rc == -EINVAL) {
		rc = try_setup(ring, config, IORING_SETUP_COOP_TASKRUN | taskrun);
		if (!rc)
			ring->features |= taskrun ? RING_TASKRUN_FLAG : 0;
	}
	return rc;
}

static bool ops_supported(struct ring *ring)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(&ring->uring);
	/* SEND_ZC came in 6.0, together with multishot receive. A probe cannot ask for multishot receive
	 * by name. */
	bool supported = probe && io_uring_opcode_supported(probe, IORING_OP_SEND_ZC) &&
			 io_uring_opcode_supported(probe, IORING_OP_SOCKET);

	io_uring_free_probe(probe);
	return supported;
}

/* Runs one op to completion and returns its result. Use it only while the ring has no other user. */
static int run_one(struct ring *ring)
{
	struct io_uring_cqe *cqe;
	int res = -EAGAIN;

	ring_wait(ring, 1, 0, UINT64_MAX);
	if (!io_uring_peek_cqe(&ring->uring, &cqe)) {
		res = cqe->res;
		io_uring_cqe_seen(&ring->uring, cqe);
	}
	return res;
}

/* Opens a socket in slot 0, sets its TCP_NODELAY through the ring, and closes it: the only reliable probe. */
static bool direct_sockets_work(struct ring *ring)
{
	static const int one = 1;
	bool works = false;

	io_uring_prep_socket_direct(ring_sqe(ring), AF_INET, SOCK_STREAM, 0, 0, 0);
	if (run_one(ring) < 0)
		return false;
	uring_prep_setsockopt(ring_sqe(ring), 0, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	works = run_one(ring) >= 0;
	io_uring_prep_close_direct(ring_sqe(ring), 0);
	run_one(ring);
	return works;
}

static void register_what_helps(struct ring *ring, const struct ring_config *config)
{
	uint32_t wanted = ~config->disabled;

	if (wanted & RING_REGISTERED_FD && io_uring_register_ring_fd(&ring->uring) == 1)
		ring->features |= RING_REGISTERED_FD;
	if (wanted & RING_FIXED_FILES && config->files &&
	    !io_uring_register_files_sparse(&ring->uring, config->files)) {
		ring->features |= RING_FIXED_FILES;
		ring->fixed_files = config->files;
	}
	if (ring->features & RING_FIXED_FILES && wanted & RING_DIRECT_SOCKETS && direct_sockets_work(ring))
		ring->features |= RING_DIRECT_SOCKETS;
	if (ring->uring.features & IORING_FEAT_MIN_TIMEOUT)
		ring->features |= wanted & RING_MIN_WAIT;
	ring->features |= wanted & (RING_FIXED_BUFFERS | RING_MULTISHOT | RING_TRUNC_DROP);
}

int ring_open(struct ring *ring, const struct ring_config *config, struct vastar_error *err)
{
	int rc;

	*ring = (struct ring){0};
	rc = setup(ring, config);
	if (rc) {
		char why[400];

		ring_explain(-rc, SYSCTL_PATH, STATUS_PATH, why, sizeof(why));
		return err_set(err, VASTAR_E_SYSTEM, "%s", why);
	}
	if (!ops_supported(ring)) {
		char why[400];

		ring_explain(EINVAL, SYSCTL_PATH, STATUS_PATH, why, sizeof(why));
		io_uring_queue_exit(&ring->uring);
		return err_set(err, VASTAR_E_SYSTEM, "%s", why);
	}
	register_what_helps(ring, config);
	return 0;
}

void ring_close(struct ring *ring)
{
	io_uring_queue_exit(&ring->uring);
}
