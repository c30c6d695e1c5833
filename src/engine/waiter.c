/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/waiter.h"

#include "base/clock.h"

enum {
	SPIN_NS = 20000,    /* longer loses against blocking where client and server share a core */
	SPIN_TURNS = 32,    /* looks between two readings of the clock */
	BACKOFF_MAX = 1023, /* waits without a spin after many spins in vain */
};

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static bool spin(struct waiter *waiter, struct ring *ring, uint64_t until_ns)
{
	uint64_t start = clock_now_ns(), now = start;
	uint64_t limit = until_ns - start < SPIN_NS ? until_ns : start + SPIN_NS;
	bool found = false;

	if (until_ns <= start)
		return false;
	for (unsigned turns = 1; !found; turns++) {
		if (turns % SPIN_TURNS == 0 && (now = clock_now_ns()) >= limit)
			break;
		relax();
		found = io_uring_cq_ready(&ring->uring) || ring_work_waits(ring);
	}
	waiter->spun_ns += (found ? clock_now_ns() : now) - start;
	return found;
}

void waiter_wait(struct waiter *waiter, struct ring *ring, uint64_t until_ns)
{
	uint64_t now;

	if (ring->features & RING_TASKRUN_FLAG && !waiter->spins_to_skip) {
		ring_submit(ring);
		if (io_uring_cq_ready(&ring->uring))
			return;
		if (ring_work_waits(ring) || spin(waiter, ring, until_ns)) {
			waiter->backoff = 0;
			ring_reap(ring);
			return;
		}
		waiter->backoff = waiter->backoff < BACKOFF_MAX ? 2 * waiter->backoff + 1 : BACKOFF_MAX;
		waiter->spins_to_skip = waiter->backoff;
	} else if (waiter->spins_to_skip) {
		waiter->spins_to_skip--;
	}
	now = clock_now_ns();
	ring_wait(ring, 1, 0, until_ns > now ? until_ns - now : 0);
}
