/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A round trip through the ring for operations that do nothing, alone and in a batch. Exit status 77
 * (skipped) if the kernel does not allow io_uring. */
#include "bench.h"
#include "io/ring.h"

enum { TRIPS = 50000, BATCH = 32, SKIPPED = 77 };

struct trips {
	struct ring ring;
	unsigned batch;
};

static void put_nops(struct ring *ring, unsigned count)
{
	while (count--) {
		struct io_uring_sqe *sqe = ring_sqe(ring);

		io_uring_prep_nop(sqe);
		io_uring_sqe_set_data64(sqe, ring_tag(1, 0, count));
	}
}

static unsigned take_completions(struct ring *ring)
{
	struct io_uring_cqe *cqe;
	unsigned head, seen = 0;

	io_uring_for_each_cqe(&ring->uring, head, cqe)
	{
		bench_must(cqe->res == 0, "an operation that does nothing has failed");
		seen++;
	}
	io_uring_cq_advance(&ring->uring, seen);
	return seen;
}

static void round_trips(void *context, unsigned iterations)
{
	struct trips *trips = context;

	for (unsigned i = 0; i < iterations; i += trips->batch) {
		put_nops(&trips->ring, trips->batch);
		for (unsigned seen = 0; seen < trips->batch;) {
			ring_wait(&trips->ring, trips->batch - seen, 0, UINT64_MAX);
			seen += take_completions(&trips->ring);
		}
	}
}

int main(void)
{
	struct ring_config config = {.sq_entries = 64, .cq_entries = 128};
	struct trips trips = {.batch = 1};
	struct vastar_error err;

	if (ring_open(&trips.ring, &config, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return SKIPPED;
	}
	bench_case("ring: no-op, one by one", round_trips, &trips, TRIPS);
	trips.batch = BATCH;
	bench_case("ring: no-op, 32 at once", round_trips, &trips, TRIPS / BATCH * BATCH);
	ring_close(&trips.ring);
	return 0;
}
