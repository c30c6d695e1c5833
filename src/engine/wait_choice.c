/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/wait_choice.h"

#include "base/clock.h"

enum {
	MANY = 64,		/* connections: from here on there is something to gather */
	SPELL_MIN_NS = 2000000, /* long compared with a wait, short compared with the run */
	SPELL_MAX_NS = 20000000,
	SPELL_LATENCIES = 2,	   /* the effects of a way show within it, up to a median of 10 ms */
	SETTLE_MAX_NS = 2500000,   /* before a spell counts: a quarter of a median, but at most this long */
	PROGRESS_MIN = 60,	   /* in a spell; with less progress the ways cannot be told apart */
	FIRST_TRIAL_NS = 10000000, /* the first responses of a run are not typical */
	FIRST_OF_MANY_NS = 100000000, /* ... and the windows of many connections take time to open */
	START_LATENCIES = 4,	      /* ... nor are those within this many median latencies */
	TRIAL_EVERY_NS = 50000000,    /* at least, and twice as long as the last one took */
	REST_MIN_NS = 800000000,      /* after a defeat; doubles with each further one */
	REST_CLEAR_NS = 1600000000,   /* ... after a clear defeat */
	EARLY = 4,		      /* a rival far behind may lose after this fraction of a spell */
	EARLY_PROGRESS_MIN = 240,
	EARLY_ROUNDS = 4,     /* of all connections: short responses never have this many by then */
	IDLE_NS = 1000000000, /* before the next trial, when there were too few responses */
};
#define REST_MAX_NS UINT64_C(6400000000)
#define TIE 0.97      /* of two ways this close, the cheaper one is better */
#define CLEAR 0.9     /* in each of two pairs */
#define HOPELESS 0.85 /* in one pair, or at an early look */

void wait_choice_init(struct wait_choice *choice, unsigned ways, uint32_t connections, uint64_t now_ns)
{
	bool many = connections >= MANY;

	*choice = (struct wait_choice){.ways = (uint8_t)ways,
				       .start_ns = now_ns,
				       .connections = connections,
				       .next_trial_ns = now_ns + (many ? FIRST_OF_MANY_NS : FIRST_TRIAL_NS)};
	if (many && ways & 1u << WAIT_GATHER) {
		choice->current = WAIT_GATHER;
		choice->rival = WAIT_BLOCK; /* the next ways are more likely to be better */
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

/* The rival goes first in each pair. If the order changed between pairs, two spells of one way would
 * follow each other, and one disturbance could spoil both pairs in the same way. */
static void begin_spell(struct wait_choice *choice, bool rivals_turn, uint64_t now_ns, uint64_t progress)
{
	choice->rivals_turn = rivals_turn;
	choice->settled = false;
	choice->spell_start_ns = now_ns;
	choice->spell_progress = progress;
}

/* A way that gathers still holds responses when its spell ends, and the next way gets the credit for them:
 * 5 to 10 % of a spell if a response has 100 KB. True while that may still happen. */
static bool settling(struct wait_choice *choice, uint64_t now_ns, uint64_t progress, uint64_t median_ns)
{
	uint64_t settle = median_ns / 4;

	if (choice->settled)
		return false;
	if (now_ns - choice->spell_start_ns < (settle < SETTLE_MAX_NS ? settle : SETTLE_MAX_NS))
		return true;
	choice->settled = true;
	choice->spell_start_ns = now_ns;
	choice->spell_progress = progress;
	return false;
}

static void begin_trial(struct wait_choice *choice, uint64_t now_ns, uint64_t progress)
{
	choice->in_trial = true;
	choice->pairs = 0;
	choice->trial_start_ns = now_ns;
	/* Before the first trial there were only the first responses: no basis for an early look. */
	choice->looked = !choice->calm_start_ns;
	choice->calm_rate =
	    (double)(progress - choice->calm_progress) / (double)(now_ns - choice->calm_start_ns);
	begin_spell(choice, true, now_ns, progress);
}

/* A rival is first compared with a recent rate, because conditions may have changed. */
static void begin_calm(struct wait_choice *choice, uint64_t now_ns, uint64_t progress)
{
	choice->calm_start_ns = now_ns;
	choice->calm_progress = progress;
}

static void end_trial(struct wait_choice *choice, uint64_t pause_ns, uint64_t now_ns, uint64_t progress)
{
	choice->in_trial = choice->rivals_turn = false;
	choice->next_trial_ns = now_ns + pause_ns;
	begin_calm(choice, now_ns, progress);
}

static void defeated(struct wait_choice *choice, uint8_t way, bool clearly, uint64_t now_ns)
{
	uint64_t rest = choice->rest_ns[way] * 2, least = clearly ? REST_CLEAR_NS : REST_MIN_NS;

	rest = rest < least ? least : rest > REST_MAX_NS ? REST_MAX_NS : rest;
	choice->rest_ns[way] = rest;
	choice->rest_until[way] = now_ns + rest;
}

/* One pair: its ratio. Two pairs: their mean. Four pairs: the mean of the middle two. */
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

/* The ratio that the rival has to reach. The faster way is better; of two equally fast ways the cheaper
 * one is. */
static double mark(const struct wait_choice *choice)
{
	return choice->rival < choice->current ? TIE : 1 / TIE;
}

static void judge(struct wait_choice *choice, uint64_t now_ns)
{
	double ratio = median_ratio(choice);

	if (ratio > mark(choice)) {
		uint8_t old = choice->current;

		choice->current = choice->rival;
		choice->rival = old;
		/* A way that is only cheaper keeps its rest: otherwise ways that differ by little could
		 * win in turns. */
		if (ratio > 1)
			choice->rest_ns[choice->current] = 0;
		defeated(choice, old, ratio > 1 / CLEAR, now_ns);
	} else {
		/* The single spell may have been disturbed. */
		defeated(choice, choice->rival, choice->pairs > 1 && ratio < CLEAR, now_ns);
	}
}

/* The rest of the trial is not needed. To win early, a rival has to be clearly better twice. It loses
 * sooner, because it will be tried again: after a single pair, if it costs more than the way in use. */
static bool decided(const struct wait_choice *choice)
{
	double first = choice->ratios[0], second = choice->ratios[1];

	switch (choice->pairs) {
	case 1:
		return first < HOPELESS && choice->rival > choice->current;
	case 2:
		return (first < mark(choice) && second < mark(choice)) ||
		       (first > 1 / CLEAR && second > 1 / CLEAR);
	default:
		return choice->pairs == WAIT_PAIRS;
	}
}

static void end_pair(struct wait_choice *choice, double ratio, uint64_t now_ns, uint64_t progress)
{
	uint64_t pause_ns = 2 * (now_ns - choice->trial_start_ns);

	choice->ratios[choice->pairs++] = ratio;
	if (!decided(choice)) {
		begin_spell(choice, true, now_ns, progress);
		return;
	}
	judge(choice, now_ns);
	end_trial(choice, pause_ns < TRIAL_EVERY_NS ? TRIAL_EVERY_NS : pause_ns, now_ns, progress);
}

static void end_spell(struct wait_choice *choice, uint64_t now_ns, uint64_t progress)
{
	uint64_t done = progress - choice->spell_progress;
	/* A way without any progress counts as very slow, not as infinitely slow. */
	double rate = (double)(done ? done : 1) / (double)(now_ns - choice->spell_start_ns);

	if (choice->rivals_turn) {
		choice->rivals_done = done;
		choice->rivals_rate = rate;
		begin_spell(choice, false, now_ns, progress);
	} else if (done < PROGRESS_MIN && choice->rivals_done < PROGRESS_MIN) {
		end_trial(choice, IDLE_NS, now_ns, progress);
	} else {
		end_pair(choice, choice->rivals_rate / rate, now_ns, progress);
	}
}

/* A more expensive rival costs rate and CPU time, a good deal of it in long spells. So a rival that is far
 * behind the recent rate of the current way does not get the whole of its first spell. This is a rough
 * look: it may see part of a wave of responses, or the processor may be taken away. So it counts only with
 * enough work done, and a rival that has lost this way twice gets a whole spell. */
static bool far_behind(struct wait_choice *choice, uint64_t age, uint64_t spell, uint64_t done)
{
	double usual = choice->calm_rate * (double)age;

	if (choice->looked || !choice->rivals_turn || choice->pairs || age < spell / EARLY)
		return false;
	choice->looked = true;
	return choice->rival > choice->current && choice->rest_ns[choice->rival] <= REST_MIN_NS &&
	       usual >= EARLY_PROGRESS_MIN && usual >= EARLY_ROUNDS * (double)choice->connections &&
	       (double)done < HOPELESS * usual;
}

static uint64_t spell_ns(uint64_t median_ns)
{
	uint64_t spell = SPELL_LATENCIES * median_ns;

	return spell < SPELL_MIN_NS ? SPELL_MIN_NS : spell > SPELL_MAX_NS ? SPELL_MAX_NS : spell;
}

static void watch_trial(struct wait_choice *choice, uint64_t now_ns, uint64_t progress, uint64_t median_ns)
{
	uint64_t age, spell = spell_ns(median_ns), done;

	if (settling(choice, now_ns, progress, median_ns))
		return;
	age = now_ns - choice->spell_start_ns;
	done = progress - choice->spell_progress;
	if (age >= SPELL_MAX_NS || (age >= spell && done >= PROGRESS_MIN)) {
		end_spell(choice, now_ns, progress);
	} else if (far_behind(choice, age, spell, done)) {
		defeated(choice, choice->rival, false, now_ns);
		end_trial(choice, TRIAL_EVERY_NS, now_ns, progress);
	}
}

enum wait_way wait_choice_next(struct wait_choice *choice, uint64_t now_ns, uint64_t progress,
			       uint64_t median_ns)
{
	if (choice->in_trial) {
		watch_trial(choice, now_ns, progress, median_ns);
	} else if (now_ns >= choice->next_trial_ns &&
		   now_ns >= choice->start_ns + START_LATENCIES * median_ns && median_ns) {
		choice->next_trial_ns = now_ns + TRIAL_EVERY_NS;
		if (next_rival(choice, now_ns))
			begin_trial(choice, now_ns, progress);
		else
			begin_calm(choice, now_ns, progress);
	}
	return choice->rivals_turn ? choice->rival : choice->current;
}
