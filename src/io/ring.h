/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * One io_uring, set up for many small sends and receives by one thread. ring_open() probes once what the
 * kernel offers and decides once what to use; the decision can be printed. ring.c says why each feature is on
 * and what happens without it.
 */
#ifndef VASTAR_IO_RING_H
#define VASTAR_IO_RING_H

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* X(constant, name): --verbose prints the name, and the test hook takes it. */
#define RING_FEATURES(X)                                                                                     \
	X(RING_DEFER_TASKRUN, "defer_taskrun")                                                               \
	X(RING_TASKRUN_FLAG, "taskrun_flag")                                                                 \
	X(RING_REGISTERED_FD, "registered_ring_fd")                                                          \
	X(RING_FIXED_FILES, "fixed_files")                                                                   \
	X(RING_DIRECT_SOCKETS, "direct_sockets")                                                             \
	X(RING_FIXED_BUFFERS, "fixed_buffers")                                                               \
	X(RING_MULTISHOT, "multishot_recv")                                                                  \
	X(RING_MIN_WAIT, "min_wait")                                                                         \
	X(RING_TRUNC_DROP, "trunc_drop")

enum ring_feature_bit {
#define X(constant, name) constant##_BIT,
	RING_FEATURES(X)
#undef X
	    RING_FEATURE_COUNT
};

enum ring_feature {
#define X(constant, name) constant = 1u << constant##_BIT,
	RING_FEATURES(X)
#undef X
};

struct ring {
	struct io_uring uring;
	uint32_t features;    /* enum ring_feature bits in use */
	uint32_t fixed_files; /* slots in the registered file table; 0: none */
	uint64_t sq_full;     /* how often the queue had to be submitted to make room */
	uint64_t cq_overflows;
};

struct ring_config {
	unsigned sq_entries; /* a power of two; halved down to 64 when locked memory is short */
	unsigned cq_entries;
	unsigned files;	   /* size of the registered file table; 0: none */
	uint32_t disabled; /* enum ring_feature bits to do without */
};

/* Makes the calling thread the only user of the ring. */
int ring_open(struct ring *ring, const struct ring_config *config, struct vastar_error *err);
void ring_close(struct ring *ring);

/* Returns a free SQE, never NULL. Its old contents are still there: prep it at once. When the queue is
 * full, it submits what is queued. */
struct io_uring_sqe *ring_sqe(struct ring *ring);

/* Makes sure that the next `count` (at most 8) SQEs go into one submit, as a chain of linked SQEs must. */
void ring_room(struct ring *ring, unsigned count);

/* user_data: an op of the owner's own enum, a generation that tells a reused slot from its predecessor,
 * and an index. */
static inline uint64_t ring_tag(unsigned op, uint32_t generation, uint32_t index)
{
	return (uint64_t)op << 56 | (uint64_t)(generation & 0xffffff) << 32 | index;
}
static inline unsigned ring_tag_op(uint64_t tag)
{
	return (unsigned)(tag >> 56);
}
static inline uint32_t ring_tag_generation(uint64_t tag)
{
	return (uint32_t)(tag >> 32) & 0xffffff;
}
static inline uint32_t ring_tag_index(uint64_t tag)
{
	return (uint32_t)tag;
}

/* Submits what is queued, without waiting. */
void ring_submit(struct ring *ring);

/* Submits what is queued and waits, in one enter, until `wait_nr` completions are there or `timeout_ns`
 * has passed (0: does not wait; UINT64_MAX: no limit). With `min_wait_ns` (RING_MIN_WAIT only) it returns
 * after that time if there is at least one completion. */
void ring_wait(struct ring *ring, unsigned wait_nr, uint64_t min_wait_ns, uint64_t timeout_ns);

/* Lets the kernel post finished completions, without waiting. */
void ring_reap(struct ring *ring);

/* True when deferred work waits to be run. Cheap: reads a word that the kernel writes (RING_TASKRUN_FLAG
 * only). */
static inline bool ring_work_waits(const struct ring *ring)
{
	return __atomic_load_n(ring->uring.sq.kflags, __ATOMIC_RELAXED) &
	       (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW);
}

/* Writes the names of the feature bits, separated by commas. */
void ring_feature_names(uint32_t features, char *text, size_t size);
/* Converts "all", or names separated by commas, to bits. An unknown name is VASTAR_E_USAGE. */
int ring_features_parse(const char *names, uint32_t *featuresp, struct vastar_error *err);

/* Explains in one sentence why io_uring_setup() failed with this errno, and how to fix it. The paths are
 * those of the sysctl (kernel.io_uring_disabled) and of the process status (its Seccomp line); tests pass
 * stand-ins. */
void ring_explain(int error, const char *sysctl_path, const char *status_path, char *text, size_t size);

#endif
