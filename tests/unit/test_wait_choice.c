/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Simulated worlds in which each way to wait has a known rate. Is the best way found, and what do the trials
 * cost? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "engine/waiter.h"

enum { ALL_WAYS = (1 << WAIT_WAYS) - 1, TURN_NS = 50000 };

struct world {
	double rate[WAIT_WAYS]; /* responses per second */
	double noise;		/* random deviation of each turn's rate, as a share */
	uint64_t median_ns;
};

struct outcome {
	double time[WAIT_WAYS]; /* share of the time spent in each way */
	double rate;		/* overall mean, as a share of the best way's */
};

static struct outcome live_with(const struct world *world, unsigned ways, uint32_t connections,
				uint64_t seconds)
{
	struct wait_choice choice;
	struct outcome outcome = {{0}, 0};
	uint64_t end = 1 + seconds * 1000000000, random = 7, turns = 0;
	double responses = 0, best = 0;

	wait_choice_init(&choice, ways, connections, 1);
	for (uint64_t now = 1; now < end; now += TURN_NS, turns++) {
		enum wait_way way = wait_choice_next(&choice, now, (uint64_t)responses, world->median_ns);
		double off;

		assert_true(ways & 1u << way);
		random = random * 6364136223846793005u + 1442695040888963407u;
		off = world->noise * (2.0 * (double)(random >> 11) / (double)(UINT64_C(1) << 53) - 1);
		outcome.time[way] += 1;
		responses += world->rate[way] * (1 + off) * TURN_NS / 1e9;
	}
	for (unsigned way = 0; way < WAIT_WAYS; way++) {
		outcome.time[way] /= (double)turns;
		if (ways & 1u << way && world->rate[way] > best)
			best = world->rate[way];
	}
	outcome.rate = responses / ((double)seconds * best);
	return outcome;
}

static struct outcome live_in(const struct world *world, unsigned ways, uint64_t seconds)
{
	return live_with(world, ways, 1, seconds);
}

static void the_fastest_way_is_found(void **state)
{
	(void)state;
	for (unsigned best = 0; best < WAIT_WAYS; best++) {
		struct world world = {.rate = {100000, 100000, 100000, 100000}, .median_ns = 300000};
		struct outcome outcome;

		world.rate[best] = 120000;
		outcome = live_in(&world, ALL_WAYS, 10);
		assert_true(outcome.time[best] > 0.9);
		assert_true(outcome.rate > 0.98);
	}
}

static void noise_does_not_hide_the_fastest_way(void **state)
{
	struct world world = {.rate = {90000, 100000, 110000, 130000}, .noise = 0.5, .median_ns = 100000};

	(void)state;
	assert_true(live_in(&world, ALL_WAYS, 10).time[WAIT_SPIN] > 0.9);
}

static void the_cheapest_of_equal_ways_stays(void **state)
{
	struct world world = {.rate = {100000, 100000, 100000, 100500}, .median_ns = 300000};

	(void)state;
	assert_true(live_in(&world, ALL_WAYS, 10).time[WAIT_GATHER] > 0.9);
}

static void an_unsupported_way_is_never_chosen(void **state)
{
	struct world world = {.rate = {900000, 100000, 90000, 80000}, .median_ns = 300000};

	(void)state; /* live_in() asserts it */
	assert_true(live_in(&world, ALL_WAYS & ~(1u << WAIT_GATHER), 5).time[WAIT_BLOCK] > 0.9);
	assert_true(live_in(&world, 1u << WAIT_BLOCK, 5).time[WAIT_BLOCK] == 1.0);
	assert_true(live_with(&world, ALL_WAYS & ~(1u << WAIT_GATHER), 100, 5).time[WAIT_BLOCK] > 0.9);
	assert_true(live_with(&world, 1u << WAIT_BLOCK, 100, 5).time[WAIT_BLOCK] == 1.0);
}

/* Each way beats the next more expensive one by its cost, and the most expensive beats the cheapest by its
 * speed. */
static void small_differences_do_not_make_a_cycle(void **state)
{
	struct world world = {.rate = {92600, 95000, 97500, 100000}, .median_ns = 300000};

	(void)state;
	assert_true(live_in(&world, ALL_WAYS, 120).rate > 0.98);
}

/* This way is so slow that its spells have too few responses. The others are not. */
static void an_unproductive_way_is_abandoned(void **state)
{
	struct world world = {.rate = {2500, 10000, 10000, 10000}, .median_ns = 300000};

	(void)state;
	assert_true(live_with(&world, ALL_WAYS, 100, 10).time[WAIT_GATHER] < 0.1);
	world.rate[WAIT_GATHER] = 0;
	assert_true(live_with(&world, ALL_WAYS, 100, 10).time[WAIT_GATHER] < 0.1);
	assert_true(live_in(&world, ALL_WAYS, 10).time[WAIT_GATHER] < 0.05);
}

static void trials_cost_little_if_the_first_choice_is_right(void **state)
{
	/* A single connection: ways that sleep lose a third. */
	struct world world = {.rate = {40000, 35000, 48000, 50000}, .median_ns = 20000};

	(void)state;
	assert_true(live_in(&world, ALL_WAYS, 1).rate > 0.997);
	assert_true(live_in(&world, ALL_WAYS, 30).rate > 0.995);
}

/* The share of the first `seconds` spent in way `wanted`, in a world in which rate() is the rate of a way at
 * an instant. */
static double share_with(enum wait_way wanted, uint32_t connections, uint64_t median_ns,
			 double (*rate)(enum wait_way way, uint64_t now), double seconds)
{
	struct wait_choice choice;
	double responses = 0;
	uint64_t in_way = 0, turns = 0;

	wait_choice_init(&choice, ALL_WAYS, connections, 1);
	for (uint64_t now = 1; (double)now < seconds * 1e9; now += TURN_NS, turns++) {
		enum wait_way way = wait_choice_next(&choice, now, (uint64_t)responses, median_ns);

		in_way += way == wanted;
		responses += rate(way, now) * TURN_NS / 1e9;
	}
	return (double)in_way / (double)turns;
}

static double share_of(enum wait_way wanted, uint32_t connections,
		       double (*rate)(enum wait_way way, uint64_t now), double seconds)
{
	return share_with(wanted, connections, 300000, rate, seconds);
}

static double gathering_is_best(enum wait_way way, uint64_t now)
{
	(void)now;
	return way == WAIT_GATHER ? 100000 : 70000;
}

static void many_connections_gather_from_the_start(void **state)
{
	(void)state;
	assert_true(share_of(WAIT_GATHER, 64, gathering_is_best, 0.1) == 1.0); /* no trial yet */
	/* Each rival loses after one pair of spells. */
	assert_true(share_of(WAIT_GATHER, 64, gathering_is_best, 1) > 0.98);
	assert_true(share_of(WAIT_GATHER, 63, gathering_is_best, 0.01) == 0.0);
}

/* Long responses have long spells, and a rival far behind does not get all of its first one. */
static void a_rival_far_behind_is_stopped_early(void **state)
{
	struct world world = {.rate = {1000000, 700000, 750000, 800000}, .median_ns = 14000000};

	(void)state;
	assert_true(live_with(&world, ALL_WAYS, 100, 1).time[WAIT_GATHER] > 0.95);
	/* With few responses at that point nothing can be decided. */
	for (unsigned way = 0; way < WAIT_WAYS; way++)
		world.rate[way] /= 20;
	assert_true(live_with(&world, ALL_WAYS, 100, 1).time[WAIT_GATHER] < 0.95);
}

/* The responses come in waves, 3 ms of every 10 ms: most early checks see only a part of one. */
static double in_waves(enum wait_way way, uint64_t now)
{
	return now % 10000000 < 3000000 ? way == WAIT_SPIN ? 3750000 : 3333333 : 0;
}

/* Spinning starts slowly, beyond the early check, and then it is the best. */
static double slow_to_start(enum wait_way way, uint64_t now)
{
	static enum wait_way last;
	static uint64_t since;

	if (way != last)
		since = now;
	last = way;
	return way != WAIT_SPIN ? 1000000 : now - since < 5500000 ? 0 : 1700000;
}

/* From 0.85 s on the server is slower, and pausing serves it better. */
static double slower_later(enum wait_way way, uint64_t now)
{
	return now < 850000000 ? way == WAIT_GATHER ? 1000000 : 800000 : way == WAIT_PAUSE ? 600000 : 500000;
}

static void a_better_but_expensive_rival_is_not_excluded(void **state)
{
	(void)state;
	assert_true(share_with(WAIT_SPIN, 100, 10000000, in_waves, 30) > 0.7);
	assert_true(share_with(WAIT_SPIN, 100, 10000000, slow_to_start, 30) > 0.7);
	assert_true(share_with(WAIT_PAUSE, 100, 10000000, slower_later, 2) > 0.3);
}

/* All ways are equally fast, but gathering always holds some responses back, and the next way gets credit
 * for them. */
static double gathered_responses_credited_to_the_next(enum wait_way way, uint64_t now)
{
	static enum wait_way last;
	bool changed = way != last;

	(void)now;
	last = way;
	return 100000 + (changed ? (way == WAIT_GATHER ? -1 : 1) * 60 / (TURN_NS / 1e9) : 0);
}

static void responses_held_back_are_no_credit_to_the_rival(void **state)
{
	(void)state;
	assert_true(share_with(WAIT_GATHER, 100, 1000000, gathered_responses_credited_to_the_next, 10) > 0.9);
}

/* The processor is taken away for 2 ms every 18 ms: one spell in five is spoilt, in any way. */
static double interrupted(enum wait_way way, uint64_t now)
{
	return now % 18000000 < 2000000 ? 20000 : way == WAIT_SPIN ? 115000 : 100000;
}

static void a_spoilt_spell_decides_nothing(void **state)
{
	(void)state;
	assert_true(share_of(WAIT_SPIN, 100, interrupted, 60) > 0.95);
}

/* While buffers fill and windows open, the first responses are faster or slower than later ones. */
static void the_first_responses_decide_nothing(void **state)
{
	struct wait_choice choice;
	uint64_t median = 20000000;

	(void)state;
	wait_choice_init(&choice, ALL_WAYS, 1, 1);
	for (uint64_t now = 1; now < 4 * median; now += TURN_NS)
		assert_int_equal(wait_choice_next(&choice, now, now / 10000, now < median ? 0 : median),
				 WAIT_SPIN);
	assert_true(live_in(&(struct world){.rate = {120000, 100000, 100000, 100000}, .median_ns = median},
			    ALL_WAYS, 10)
			.time[WAIT_GATHER] > 0.8);
}

/* Spinning makes no progress in its first spell only; in all others it is 5 % slower. */
static double stuck_once(enum wait_way way, uint64_t now)
{
	return way != WAIT_SPIN ? 105000 : now < 33000000 && now > 10000000 ? 0 : 100000;
}

static void a_spell_without_progress_counts_as_one_of_four(void **state)
{
	(void)state;
	assert_true(share_of(WAIT_GATHER, 1, stuck_once, 0.2) > 0.5);
}

static void a_slow_server_is_left_alone(void **state)
{
	struct world world = {.rate = {500, 500, 500, 500}, .median_ns = 2000000000};
	struct outcome outcome = live_in(&world, ALL_WAYS, 20);

	(void)state; /* ten responses per trial are too few to decide: the rivals get one trial per second */
	assert_true(outcome.time[WAIT_SPIN] > 0.95);
}

static void a_change_of_conditions_is_noticed(void **state)
{
	struct wait_choice choice;
	double responses = 0;
	uint64_t spins = 0, turns = 0;

	(void)state;
	wait_choice_init(&choice, ALL_WAYS, 1, 1);
	for (uint64_t now = 1; now < 30000000000u; now += TURN_NS) {
		/* For ten seconds spinning is best; then the server shares its core, and it is worst. */
		bool shared = now > 10000000000u;
		enum wait_way way = wait_choice_next(&choice, now, (uint64_t)responses, 300000);

		responses += (way == WAIT_SPIN ? (shared ? 50000 : 120000) : 100000) * (TURN_NS / 1e9);
		if (now > 20000000000u) {
			turns++;
			spins += way == WAIT_SPIN;
		}
	}
	assert_true(spins * 20 < turns);
}

static void a_wait_moment_is_three_percent_of_the_median_within_bounds(void **state)
{
	(void)state;
	assert_int_equal(wait_moment_ns(0, 0), 5000);
	assert_int_equal(wait_moment_ns(100000, 1), 5000);
	assert_int_equal(wait_moment_ns(500000, 1), 15000);
	assert_int_equal(wait_moment_ns(500000, 0.0625), 15000); /* pipelined: 16 responses per receive */
	assert_int_equal(wait_moment_ns(8000000, 1000), 5000);
	assert_int_equal(wait_moment_ns(8000000, 4), 60000);
	assert_int_equal(wait_moment_ns(10000000, 1), 60000);
	assert_int_equal(wait_moment_ns(UINT64_C(3600000000000), 1), 60000);
}

static void a_paced_load_does_not_gather(void **state)
{
	struct ring ring = {.features = RING_TASKRUN_FLAG | RING_MIN_WAIT};
	struct waiter waiter;

	(void)state;
	waiter_init(&waiter, &ring, false, 100, 1);
	assert_int_equal(waiter.choice.current, WAIT_GATHER);
	waiter_init(&waiter, &ring, true, 100, 1);
	assert_int_equal(waiter.choice.current, WAIT_SPIN);
}

/* Waits in way `way` for 100 us without an event. */
static void wait_in_vain(struct waiter *waiter, struct ring *ring, enum wait_way way)
{
	uint64_t now = clock_now_ns();

	waiter->choice.current = (uint8_t)way;
	waiter_wait(waiter, ring, now, now + 100000, 1);
}

static void failed_spins_are_forgotten_when_the_way_changes(void **state)
{
	struct ring_config config = {.sq_entries = 64, .cq_entries = 256};
	struct ring ring;
	struct waiter waiter;

	(void)state;
	if (ring_open(&ring, &config, NULL))
		skip();
	waiter_init(&waiter, &ring, true, 1, clock_now_ns()); /* paced: stays in the given way */
	wait_in_vain(&waiter, &ring, WAIT_SPIN);
	assert_int_equal(waiter.spins_to_skip, 1);
	wait_in_vain(&waiter, &ring, WAIT_SPIN); /* skipped */
	wait_in_vain(&waiter, &ring, WAIT_SPIN);
	assert_int_equal(waiter.spins_to_skip, 3);
	wait_in_vain(&waiter, &ring, WAIT_BLOCK);
	assert_int_equal(waiter.spins_to_skip, 0);
	wait_in_vain(&waiter, &ring, WAIT_SPIN);
	assert_int_equal(waiter.spins_to_skip, 1); /* as at the beginning */
	ring_close(&ring);
}

/* How long a wait without an event spins. The wait is long enough to leave time for it even if the processor
 * is taken away for a while. */
static uint64_t spun_in_vain(struct waiter *waiter, struct ring *ring)
{
	uint64_t now = clock_now_ns(), before = waiter->spun_ns;

	waiter_wait(waiter, ring, now, now + 100 * NS_PER_MS, 1);
	return waiter->spun_ns - before;
}

static void the_first_spin_after_skipped_ones_is_long_enough_to_wake_a_server(void **state)
{
	struct ring_config config = {.sq_entries = 64, .cq_entries = 256};
	struct ring ring;
	struct waiter waiter;
	uint64_t usual;

	(void)state;
	if (ring_open(&ring, &config, NULL) || !(ring.features & RING_TASKRUN_FLAG))
		skip();
	waiter_init(&waiter, &ring, true, 1, clock_now_ns());
	usual = spun_in_vain(&waiter, &ring);
	assert_int_equal(spun_in_vain(&waiter, &ring), 0); /* skipped */
	assert_true(spun_in_vain(&waiter, &ring) > 2 * usual);
	assert_int_equal(waiter.spins_to_skip, 3); /* it failed as well */
	ring_close(&ring);
}

/* A wait that finds pending kernel work when it looks. */
static void wait_with_work_there(struct waiter *waiter, struct ring *ring)
{
	struct __kernel_timespec soon = {.tv_nsec = NS_PER_MS};
	uint64_t now;

	io_uring_prep_timeout(ring_sqe(ring), &soon, 0, 0);
	ring_submit(ring);
	while (!ring_work_waits(ring))
		;
	now = clock_now_ns();
	waiter_wait(waiter, ring, now, now + 100 * NS_PER_MS, 1);
	assert_int_equal(io_uring_cq_ready(&ring->uring), 1);
	io_uring_cq_advance(&ring->uring, 1);
}

static void only_a_spin_of_the_usual_length_ends_a_back_off(void **state)
{
	struct ring_config config = {.sq_entries = 64, .cq_entries = 256};
	struct ring ring;
	struct waiter waiter;

	(void)state;
	if (ring_open(&ring, &config, NULL) || !(ring.features & RING_TASKRUN_FLAG))
		skip();
	waiter_init(&waiter, &ring, true, 1, clock_now_ns());
	wait_in_vain(&waiter, &ring, WAIT_SPIN);
	wait_in_vain(&waiter, &ring, WAIT_SPIN); /* skipped */
	wait_with_work_there(&waiter, &ring);	 /* the long spin */
	assert_int_equal(waiter.backoff, 1);
	wait_with_work_there(&waiter, &ring);
	assert_int_equal(waiter.backoff, 0);

	wait_in_vain(&waiter, &ring, WAIT_SPIN);
	wait_in_vain(&waiter, &ring, WAIT_SPIN);
	assert_true(waiter.waking);
	wait_in_vain(&waiter, &ring, WAIT_BLOCK);
	assert_false(waiter.waking);
	ring_close(&ring);
}

/* `connections` in step: all receive `receives` times each, then all complete. */
static double receives_in_step(uint32_t connections, unsigned receives)
{
	struct ring ring = {0};
	struct waiter waiter;

	waiter_init(&waiter, &ring, false, connections, 1);
	for (unsigned round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < receives * connections; i++)
			waiter_received(&waiter, 1000);
		for (uint32_t i = 0; i < connections; i++)
			waiter_response(&waiter, 1000000);
	}
	return waiter_receives(&waiter);
}

static void receives_are_counted_per_response(void **state)
{
	struct ring ring = {0};
	struct waiter waiter;

	(void)state;
	for (unsigned receives = 1; receives <= 5; receives += 4) {
		double one = receives_in_step(1, receives), many = receives_in_step(1000, receives);

		assert_true(one > 0.8 * receives && one < 1.2 * receives);
		assert_true(many > 0.8 * receives && many < 1.2 * receives);
	}
	waiter_init(&waiter, &ring, false, 100, 1);
	for (unsigned i = 0; i < 200; i++)
		waiter_received(&waiter, 1000);
	assert_true(waiter_receives(&waiter) == 200); /* unknown so far: better too many than too few */
	for (unsigned i = 0; i < 3200; i++)
		waiter_response(&waiter, 1000000); /* pipelined: many responses per receive */
	assert_true(waiter_receives(&waiter) < 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_fastest_way_is_found),
	    cmocka_unit_test(noise_does_not_hide_the_fastest_way),
	    cmocka_unit_test(the_cheapest_of_equal_ways_stays),
	    cmocka_unit_test(an_unsupported_way_is_never_chosen),
	    cmocka_unit_test(small_differences_do_not_make_a_cycle),
	    cmocka_unit_test(an_unproductive_way_is_abandoned),
	    cmocka_unit_test(a_paced_load_does_not_gather),
	    cmocka_unit_test(failed_spins_are_forgotten_when_the_way_changes),
	    cmocka_unit_test(the_first_spin_after_skipped_ones_is_long_enough_to_wake_a_server),
	    cmocka_unit_test(only_a_spin_of_the_usual_length_ends_a_back_off),
	    cmocka_unit_test(receives_are_counted_per_response),
	    cmocka_unit_test(trials_cost_little_if_the_first_choice_is_right),
	    cmocka_unit_test(many_connections_gather_from_the_start),
	    cmocka_unit_test(a_rival_far_behind_is_stopped_early),
	    cmocka_unit_test(a_better_but_expensive_rival_is_not_excluded),
	    cmocka_unit_test(responses_held_back_are_no_credit_to_the_rival),
	    cmocka_unit_test(a_spoilt_spell_decides_nothing),
	    cmocka_unit_test(the_first_responses_decide_nothing),
	    cmocka_unit_test(a_spell_without_progress_counts_as_one_of_four),
	    cmocka_unit_test(a_slow_server_is_left_alone),
	    cmocka_unit_test(a_change_of_conditions_is_noticed),
	    cmocka_unit_test(a_wait_moment_is_three_percent_of_the_median_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
