/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Which way to wait for completions is best here and now, found by trying. No way wins everywhere. A spin
 * serves a lone connection soonest, and takes the core away from a server that has to share it; a client that
 * sleeps makes the server pay for waking it; one that gathers completions for some microseconds saves work on
 * both sides where there is plenty to gather, and only adds to the latency where there is not.
 *
 * In a closed loop the rate is connections / mean latency (Little's law), so the way with the highest rate is
 * also the one that adds the least to what is measured. Every so often the way in use and one of its rivals
 * take turns for a few pairs of short spells, fewer when one is clearly better or hopeless, and the better
 * one stays: by the median of the pairs, since a processor that is taken away for a moment spoils one of
 * them, and each spell without its beginning, in which the way before it still shows. A function of what it
 * is told: no clock and no ring here.
 */
#ifndef VASTAR_ENGINE_WAIT_CHOICE_H
#define VASTAR_ENGINE_WAIT_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

/* In order of the CPU time that they cost: where two are as fast, the first one is better. */
enum wait_way {
	/* the kernel waits for many completions, but only for a moment once there is one (6.12) */
	WAIT_GATHER,
	WAIT_BLOCK, /* for one completion */
	WAIT_PAUSE, /* lets a moment pass without a look at memory that the server's core writes to */
	WAIT_SPIN,  /* checks for work, for a while */
	WAIT_WAYS
};

enum { WAIT_PAIRS = 4 }; /* in a trial */

struct wait_choice {
	uint8_t ways;	 /* bits: those that can be chosen */
	uint8_t current; /* enum wait_way */
	uint8_t rival;
	bool in_trial;
	bool rivals_turn;
	bool settled;		 /* the spell is being counted: what the one before has left is dealt with */
	uint8_t pairs;		 /* complete ones of the trial */
	uint64_t spell_start_ns; /* once it has settled, of what is counted */
	uint64_t spell_progress; /* the count when it began */
	uint64_t start_ns;
	uint64_t trial_start_ns;
	uint64_t next_trial_ns;
	uint32_t connections;
	bool looked;		/* the trial has had its early look at the rival, or is to have none */
	uint64_t calm_start_ns; /* since then the current way has been used alone; 0: no trial yet */
	uint64_t calm_progress;
	double calm_rate;     /* of the current way, between the last trial and this one */
	uint64_t rivals_done; /* in its spell of the pair under way */
	double rivals_rate;
	double ratios[WAIT_PAIRS];	/* the rival's rate / that of the current way */
	uint64_t rest_until[WAIT_WAYS]; /* a way that has lost is not tried again before */
	uint64_t rest_ns[WAIT_WAYS];	/* how long it rested last: longer each time */
};

/* `ways`: a bit for each way that can be used, WAIT_BLOCK's among them. Starts with WAIT_GATHER for many
 * `connections`, else or without that with WAIT_SPIN, without either with WAIT_BLOCK; and with trials after
 * the first few latencies. */
void wait_choice_init(struct wait_choice *choice, unsigned ways, uint32_t connections, uint64_t now_ns);

/* The way for the next wait. `progress`: how much work has been done so far, in responses or whatever grows
 * with them more evenly; `median_ns`: of the latencies, roughly. To be called before each wait, in a closed
 * loop only. */
enum wait_way wait_choice_next(struct wait_choice *choice, uint64_t now_ns, uint64_t progress,
			       uint64_t median_ns);

/* The longest that a completion may be left lying to gather more, where a response takes `receives` of them:
 * together 3 % of the median latency, which lies within what a run's own noise hides. Each 5 us at least,
 * below which nothing is gained, and 60 us at most, beyond which nothing more is. */
static inline uint64_t wait_moment_ns(uint64_t median_ns, double receives)
{
	uint64_t moment = (uint64_t)((double)(median_ns * 3) / (100 * (receives < 1 ? 1 : receives)));

	return moment < 5000 ? 5000 : moment > 60000 ? 60000 : moment;
}

#endif
