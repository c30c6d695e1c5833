/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/waiter.h"

#include "base/clock.h"

enum {
	SPIN_NS = 20000, /* a longer spin loses against blocking if client and server share a core */
	/* A little more than an idle processor takes to wake up: 60 us at p50 and 200 us at p99 on a
	 * virtual machine. */
	AWAKE_NS = 100000,
	SPIN_TURNS = 32,      /* looks between two readings of the clock */
	BACKOFF_MAX = 1023,   /* waits without a spin after many useless spins */
	PAUSE_MAX_NS = 10000, /* longer ones do not gather more than they cost */
	/* Too few long responses complete in a spell to tell two ways apart, but their bytes can. */
	BYTES_LIKE_A_RESPONSE = 4096,
	GATHER_MAX = 64,  /* completions that end a wait at once */
	LATELY_MIN = 256, /* number of responses */
};

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

void waiter_init(struct waiter *waiter, const struct ring *ring, bool paced, uint32_t connections,
		 uint64_t now_ns)
{
	unsigned ways = 1u << WAIT_BLOCK | 1u << WAIT_PAUSE;

	if (ring->features & RING_TASKRUN_FLAG)
		ways |= 1u << WAIT_SPIN;
	if (ring->features & RING_MIN_WAIT)
		ways |= 1u << WAIT_GATHER;
	/* The window spans several rounds of all connections, because within a round they may act in step. */
	*waiter = (struct waiter){.fixed = paced,
				  .lately_max = connections < LATELY_MIN / 4 ? LATELY_MIN : 4 * connections};
	/* A paced load has nothing to gather, however many connections it has. */
	wait_choice_init(&waiter->choice, ways, paced ? 1 : connections, now_ns);
}

static void block(struct ring *ring, uint64_t until_ns)
{
	uint64_t now = clock_now_ns();

	ring_wait(ring, 1, 0, until_ns == UINT64_MAX ? UINT64_MAX : until_ns > now ? until_ns - now : 0);
}

static void gather(struct waiter *waiter, struct ring *ring, uint64_t until_ns, uint32_t expected)
{
	uint64_t now = clock_now_ns(), moment = wait_moment_ns(waiter->median_ns, waiter_receives(waiter));

	if (until_ns < now + 2 * moment)
		block(ring, until_ns);
	else
		ring_wait(ring,
			  expected < 1		  ? 1
			  : expected > GATHER_MAX ? GATHER_MAX
						  : expected,
			  moment, until_ns - now);
}

/* Time spent spinning or pausing since start_ns, at most until limit_ns: after that, other threads had the
 * processor. */
static void count_spun(struct waiter *waiter, uint64_t start_ns, uint64_t now_ns, uint64_t limit_ns)
{
	uint64_t spun_ns = waiter->spun_ns + (now_ns < limit_ns ? now_ns : limit_ns) - start_ns;

	__atomic_store_n(&waiter->spun_ns, spun_ns, __ATOMIC_RELAXED);
}

static bool look(struct waiter *waiter, struct ring *ring, uint64_t until_ns, uint64_t longest_ns)
{
	uint64_t start = clock_now_ns(), now = start;
	uint64_t limit = until_ns - start < longest_ns ? until_ns : start + longest_ns;
	bool found = false;

	if (until_ns <= start)
		return false;
	for (unsigned turns = 1; !found; turns++) {
		if (turns % SPIN_TURNS == 0 && (now = clock_now_ns()) >= limit)
			break;
		relax();
		found = io_uring_cq_ready(&ring->uring) || ring_work_waits(ring);
	}
	count_spun(waiter, start, found ? clock_now_ns() : now, limit);
	return found;
}

/* When client and server have both gone to sleep, the next response is delayed by the time to wake them,
 * which is longer than a spin: they would continue to sleep. So the first spin after some that were skipped
 * is long enough for that delay, and the next spin shows whether it helped. */
static void spin_then_block(struct waiter *waiter, struct ring *ring, uint64_t until_ns)
{
	bool waking = waiter->waking;

	waiter->waking = waiter->spins_to_skip == 1;
	if (waiter->spins_to_skip) {
		waiter->spins_to_skip--;
		block(ring, until_ns);
		return;
	}
	ring_submit(ring);
	if (io_uring_cq_ready(&ring->uring))
		return;
	if (ring_work_waits(ring) || look(waiter, ring, until_ns, waking ? AWAKE_NS : SPIN_NS)) {
		if (!waking)
			waiter->backoff = 0;
		ring_reap(ring);
		return;
	}
	waiter->backoff = waiter->backoff < BACKOFF_MAX ? 2 * waiter->backoff + 1 : BACKOFF_MAX;
	waiter->spins_to_skip = waiter->backoff;
	block(ring, until_ns);
}

static void pause_then_take(struct waiter *waiter, struct ring *ring, uint64_t until_ns)
{
	uint64_t start = clock_now_ns(), now = start,
		 moment = wait_moment_ns(waiter->median_ns, waiter_receives(waiter));
	uint64_t end = start + (moment < PAUSE_MAX_NS ? moment : PAUSE_MAX_NS);

	ring_submit(ring);
	if (until_ns > end) {
		while (now < end) {
			for (unsigned i = 0; i < SPIN_TURNS; i++)
				relax();
			now = clock_now_ns();
		}
		count_spun(waiter, start, now, end);
		ring_reap(ring);
	}
	if (io_uring_cq_ready(&ring->uring))
		return;
	if (ring->features & RING_TASKRUN_FLAG)
		spin_then_block(waiter, ring, until_ns);
	else
		block(ring, until_ns);
}

void waiter_wait(struct waiter *waiter, struct ring *ring, uint64_t now_ns, uint64_t until_ns,
		 uint32_t expected)
{
	enum wait_way way = (enum wait_way)waiter->choice.current;

	if (!waiter->fixed)
		way = wait_choice_next(&waiter->choice, now_ns,
				       waiter->responses + waiter->received / BYTES_LIKE_A_RESPONSE,
				       waiter->median_ns);
	/* Spinning that did not pay off in the spell of another way may pay off in this one. */
	if (way != waiter->way) {
		waiter->way = (uint8_t)way;
		waiter->spins_to_skip = waiter->backoff = 0;
		waiter->waking = false;
	}
	waiter->waits[way]++;
	switch (way) {
	case WAIT_GATHER:
		gather(waiter, ring, until_ns, expected);
		break;
	case WAIT_PAUSE:
		pause_then_take(waiter, ring, until_ns);
		break;
	case WAIT_SPIN:
		spin_then_block(waiter, ring, until_ns);
		break;
	case WAIT_BLOCK:
	case WAIT_WAYS:
		block(ring, until_ns);
		break;
	}
}

void waiter_wait_for_tick(struct waiter *waiter, struct ring *ring, uint64_t until_ns)
{
	uint64_t now = clock_now_ns();

	if (!(ring->features & RING_TASKRUN_FLAG)) {
		block(ring, until_ns);
	} else if (until_ns > now + AWAKE_NS) {
		spin_then_block(waiter, ring, until_ns - AWAKE_NS);
	} else {
		waiter->waits[WAIT_SPIN]++;
		ring_submit(ring);
		if (!io_uring_cq_ready(&ring->uring) &&
		    (ring_work_waits(ring) || look(waiter, ring, until_ns, AWAKE_NS)))
			ring_reap(ring);
	}
}
