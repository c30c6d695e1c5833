/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/wait_choice.h"

#include "base/clock.h"

enum {
	SPELLS = 8,		/* in a trial: four for each side, in turn, so that drift hits both alike */
	SPELL_MIN_NS = 2000000, /* long against a wait, short against the run */
	SPELL_MAX_NS = 20000000,
	SPELL_LATENCIES = 2,	   /* the median latency fits in so often: what a way has begun shows in it */
	PROGRESS_MIN = 60,	   /* in a spell; with fewer there is nothing to tell apart */
	FIRST_TRIAL_NS = 10000000, /* the first answers of a run are like no others */
	START_LATENCIES = 4,	   /* ... and all of these are first ones */
	TRIAL_EVERY_NS = 50000000,
	REST_MIN_NS = 400000000,    /* after a defeat; doubled by each further one */
	REST_CLEAR_NS = 1600000000, /* ... when it was a clear one */
	CLEAR_PERCENT = 90,
	IDLE_NS = 1000000000, /* before the next look, where there were too few responses */
	TIE_PERMILLE = 15,    /* a difference that is none */
};
#define REST_MAX_NS UINT64_C(6400000000)

void wait_choice_init(struct wait_choice *choice, unsigned ways, uint64_t now_ns)
{
	*choice = (struct wait_choice){
	    .ways = (uint8_t)ways, .start_ns = now_ns, .next_trial_ns = now_ns + FIRST_TRIAL_NS};
	choice->current = choice->rival = ways & 1u << WAIT_SPIN ? WAIT_SPIN : WAIT_BLOCK;
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

static void begin_spell(struct wait_choice *choice, uint64_t now_ns, uint64_t progress)
{
	choice->spell_start_ns = now_ns;
	choice->spell_progress = progress;
}

static void defeated(struct wait_choice *choice, uint8_t way, bool clearly, uint64_t now_ns)
{
	uint64_t rest = choice->rest_ns[way] * 2, least = clearly ? REST_CLEAR_NS : REST_MIN_NS;

	rest = rest < least ? least : rest > REST_MAX_NS ? REST_MAX_NS : rest;
	choice->rest_ns[way] = rest;
	choice->rest_until[way] = now_ns + rest;
}

/* Who was faster; of two that are as fast, who is cheaper. */
static void judge(struct wait_choice *choice, uint64_t now_ns)
{
	double current = (double)choice->progress[0] / (double)choice->ns[0];
	double rival = (double)choice->progress[1] / (double)choice->ns[1];
	bool cheaper = choice->rival < choice->current;
	double enough = current * (cheaper ? 1000 - TIE_PERMILLE : 1000 + TIE_PERMILLE) / 1000;

	if (rival > enough) {
		uint8_t old = choice->current;

		choice->current = choice->rival;
		choice->rival = old;
		choice->rest_ns[choice->current] = 0;
		defeated(choice, old, current < rival * CLEAR_PERCENT / 100, now_ns);
	} else {
		defeated(choice, choice->rival, rival < current * CLEAR_PERCENT / 100, now_ns);
	}
}

/* One side is so much better that there is no need for the second half of the trial. */
static bool clear(const struct wait_choice *choice)
{
	double current = (double)choice->progress[0] / (double)choice->ns[0];
	double rival = (double)choice->progress[1] / (double)choice->ns[1];

	return current * 100 < rival * CLEAR_PERCENT || rival * 100 < current * CLEAR_PERCENT;
}

static void end_spell(struct wait_choice *choice, uint64_t now_ns, uint64_t progress)
{
	unsigned side = choice->spells_left % 2 == 0;

	choice->ns[side] += now_ns - choice->spell_start_ns;
	choice->progress[side] += progress - choice->spell_progress;
	begin_spell(choice, now_ns, progress);
	if (--choice->spells_left && !(choice->spells_left == SPELLS / 2 && clear(choice)))
		return;
	choice->spells_left = 0;
	judge(choice, now_ns);
	choice->next_trial_ns = now_ns + TRIAL_EVERY_NS;
}

static uint64_t spell_ns(uint64_t median_ns)
{
	uint64_t spell = SPELL_LATENCIES * median_ns;

	return spell < SPELL_MIN_NS ? SPELL_MIN_NS : spell > SPELL_MAX_NS ? SPELL_MAX_NS : spell;
}

enum wait_way wait_choice_next(struct wait_choice *choice, uint64_t now_ns, uint64_t progress,
			       uint64_t median_ns)
{
	if (choice->spells_left) {
		uint64_t age = now_ns - choice->spell_start_ns;

		if (age >= spell_ns(median_ns)) {
			if (progress - choice->spell_progress >= PROGRESS_MIN) {
				end_spell(choice, now_ns, progress);
			} else if (age >= SPELL_MAX_NS) {
				choice->spells_left = 0;
				choice->next_trial_ns = now_ns + IDLE_NS;
			}
		}
	} else if (now_ns >= choice->next_trial_ns &&
		   now_ns >= choice->start_ns + START_LATENCIES * median_ns && median_ns) {
		choice->next_trial_ns = now_ns + TRIAL_EVERY_NS;
		if (next_rival(choice, now_ns)) {
			choice->spells_left = SPELLS;
			choice->ns[0] = choice->ns[1] = choice->progress[0] = choice->progress[1] = 0;
			begin_spell(choice, now_ns, progress);
		}
	}
	return choice->spells_left && choice->spells_left % 2 == 0 ? choice->rival : choice->current;
}
