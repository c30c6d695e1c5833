/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/wait_choice.h"

#include "base/clock.h"

enum {
	MANY = 64,		/* connections: there is something to gather */
	SPELL_MIN_NS = 2000000, /* long against a wait, short against the run */
	SPELL_MAX_NS = 20000000,
	SPELL_LATENCIES = 2,	   /* the median latency fits in so often: what a way has begun shows in it */
	PROGRESS_MIN = 60,	   /* in a spell; with fewer there is nothing to tell apart */
	FIRST_TRIAL_NS = 10000000, /* the first answers of a run are like no others */
	FIRST_OF_MANY_NS = 100000000, /* ... and windows of many connections take their time to open */
	START_LATENCIES = 4,	      /* ... and all of these are first ones */
	TRIAL_EVERY_NS =
	    50000000,		 /* but twice as long as the last one took: a sixth of the time for rivals */
	REST_MIN_NS = 400000000, /* after a defeat; doubled by each further one */
	REST_CLEAR_NS = 1600000000, /* ... when it was a clear one */
	IDLE_NS = 1000000000,	    /* before the next look, where there were too few responses */
};
#define REST_MAX_NS UINT64_C(6400000000)
static const double tie = 0.97; /* of two that are as close, the cheaper one is better */
static const double clear = 0.9;

void wait_choice_init(struct wait_choice *choice, unsigned ways, uint32_t connections, uint64_t now_ns)
{
	*choice = (struct wait_choice){
	    .ways = (uint8_t)ways, .start_ns = now_ns, .next_trial_ns = now_ns + FIRST_TRIAL_NS};
	if (connections >= MANY && ways & 1u << WAIT_GATHER) {
		choice->current = WAIT_GATHER;
		choice->next_trial_ns = now_ns + FIRST_OF_MANY_NS;
		choice->rival = WAIT_BLOCK; /* the next ones are more likely to be better */
	} else {
		choice->current = choice->rival = ways & 1u << WAIT_SPIN ? WAIT_SPIN : WAIT_BLOCK;
	}
}

static bool next_rival(struct wait_choice *choice, uint64_t now_ns)
{
	for (unsigned step = 1; step <= WAIT_WAYS; step++) {
		uint8_t way = (uint8_t)((choice->rival + step) % WAIT_WAYS);

		if (choice->ways & 1u << way && way != choice->current && now_ns >= choice->rest_until[way]) {
			choice->rival = way;
			return true;
		}
	}
	return false;
}

static void begin_spell(struct wait_choice *choice, bool rivals_turn, uint64_t now_ns, uint64_t progress)
{
	choice->rivals_turn = rivals_turn;
	choice->spell_start_ns = now_ns;
	choice->spell_progress = progress;
}

static void begin_trial(struct wait_choice *choice, uint64_t now_ns, uint64_t progress)
{
	choice->in_trial = true;
	choice->pairs = 0;
	choice->trial_start_ns = now_ns;
	begin_spell(choice, true, now_ns, progress);
}

static void end_trial(struct wait_choice *choice, uint64_t now_ns)
{
	uint64_t pause = 2 * (now_ns - choice->trial_start_ns);

	choice->in_trial = choice->rivals_turn = false;
	choice->next_trial_ns = now_ns + (pause < TRIAL_EVERY_NS ? TRIAL_EVERY_NS : pause);
}

static void defeated(struct wait_choice *choice, uint8_t way, bool clearly, uint64_t now_ns)
{
	uint64_t rest = choice->rest_ns[way] * 2, least = clearly ? REST_CLEAR_NS : REST_MIN_NS;

	rest = rest < least ? least : rest > REST_MAX_NS ? REST_MAX_NS : rest;
	choice->rest_ns[way] = rest;
	choice->rest_until[way] = now_ns + rest;
}

/* Of one pair its ratio, of two their mean, of four the mean of the middle two. */
static double median_ratio(const struct wait_choice *choice)
{
	double sum = 0, least = choice->ratios[0], most = least;

	for (unsigned i = 0; i < choice->pairs; i++) {
		double ratio = choice->ratios[i];

		sum += ratio;
		least = ratio < least ? ratio : least;
		most = ratio > most ? ratio : most;
	}
	return choice->pairs <= 2 ? sum / choice->pairs : (sum - least - most) / (choice->pairs - 2);
}

/* Who was faster; of two that are as fast, who is cheaper: the ratio that the rival has to reach. */
static double mark(const struct wait_choice *choice)
{
	return choice->rival < choice->current ? tie : 1 / tie;
}

static void judge(struct wait_choice *choice, uint64_t now_ns)
{
	double ratio = median_ratio(choice);

	if (ratio > mark(choice)) {
		uint8_t old = choice->current;

		choice->current = choice->rival;
		choice->rival = old;
		choice->rest_ns[choice->current] = 0;
		defeated(choice, old, ratio > 1 / clear, now_ns);
	} else {
		defeated(choice, choice->rival, ratio < clear, now_ns);
	}
}

/* There is no need for the rest of the trial. To win early a rival has to be clearly better twice; it loses
 * sooner, for it will be tried again. */
static bool decided(const struct wait_choice *choice)
{
	double first = choice->ratios[0], second = choice->ratios[1];

	switch (choice->pairs) {
	case 1:
		return first < clear;
	case 2:
		return (first < mark(choice) && second < mark(choice)) ||
		       (first > 1 / clear && second > 1 / clear);
	default:
		return choice->pairs == WAIT_PAIRS;
	}
}

static void end_spell(struct wait_choice *choice, uint64_t now_ns, uint64_t progress)
{
	double rate = (double)(progress - choice->spell_progress) / (double)(now_ns - choice->spell_start_ns);

	if (choice->rivals_turn) {
		choice->rival_rate = rate;
		begin_spell(choice, false, now_ns, progress);
		return;
	}
	choice->ratios[choice->pairs++] = choice->rival_rate / rate;
	if (decided(choice)) {
		judge(choice, now_ns);
		end_trial(choice, now_ns);
	} else {
		begin_spell(choice, true, now_ns, progress);
	}
}

static uint64_t spell_ns(uint64_t median_ns)
{
	uint64_t spell = SPELL_LATENCIES * median_ns;

	return spell < SPELL_MIN_NS ? SPELL_MIN_NS : spell > SPELL_MAX_NS ? SPELL_MAX_NS : spell;
}

enum wait_way wait_choice_next(struct wait_choice *choice, uint64_t now_ns, uint64_t progress,
			       uint64_t median_ns)
{
	if (choice->in_trial) {
		uint64_t age = now_ns - choice->spell_start_ns;

		if (age >= spell_ns(median_ns)) {
			if (progress - choice->spell_progress >= PROGRESS_MIN) {
				end_spell(choice, now_ns, progress);
			} else if (age >= SPELL_MAX_NS) {
				choice->in_trial = choice->rivals_turn = false;
				choice->next_trial_ns = now_ns + IDLE_NS;
			}
		}
	} else if (now_ns >= choice->next_trial_ns &&
		   now_ns >= choice->start_ns + START_LATENCIES * median_ns && median_ns) {
		choice->next_trial_ns = now_ns + TRIAL_EVERY_NS;
		if (next_rival(choice, now_ns))
			begin_trial(choice, now_ns, progress);
	}
	return choice->rivals_turn ? choice->rival : choice->current;
}
