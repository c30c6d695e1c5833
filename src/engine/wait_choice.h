/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Finds by trying which way to wait for completions is best here and now. No way wins everywhere. A spin
 * serves a single connection fastest, but takes the core away from a server that has to share it. A client
 * that sleeps makes the server pay for waking it. A client that gathers completions for some microseconds
 * saves work on both sides if there are many to gather; if there are few, it only adds latency.
 *
 * In a closed loop the rate is connections / mean latency (Little's law). So the way with the highest rate
 * also adds the least to the measured latency. Now and then the way in use and one of its rivals alternate
 * for a few pairs of short spells; fewer if one is clearly better or hopeless. The better one stays. The
 * median of the pairs decides, because losing the processor for a moment spoils one of them. Each spell
 * counts without its beginning, which still shows the effects of the way before it. The functions depend on
 * their arguments only: no clock and no ring.
 */
#ifndef VASTAR_ENGINE_WAIT_CHOICE_H
#define VASTAR_ENGINE_WAIT_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

/* In order of their CPU time: of two equally fast ways, the first one is better. */
enum wait_way {
	/* the kernel waits for many completions, but only for a moment once there is one (6.12) */
	WAIT_GATHER,
	WAIT_BLOCK, /* for one completion */
	WAIT_PAUSE, /* pauses for a moment without reading memory that the server's core writes to */
	WAIT_SPIN,  /* checks for work, for a while */
	WAIT_WAYS
};

enum { WAIT_PAIRS = 4 }; /* pairs of spells in a trial */

struct wait_choice {
	uint8_t ways;	 /* bits: the ways that can be chosen */
	uint8_t current; /* enum wait_way */
	uint8_t rival;
	bool in_trial;
	bool rivals_turn;
	bool settled;		 /* the spell counts now: the effects of the one before are over */
	uint8_t pairs;		 /* complete pairs of the trial */
	uint64_t spell_start_ns; /* once settled, the start of what is counted */
	uint64_t spell_progress; /* the count at that time */
	uint64_t start_ns;
	uint64_t trial_start_ns;
	uint64_t next_trial_ns;
	uint32_t connections;
	bool looked;		/* the trial has had its early look at the rival, or will have none */
	uint64_t calm_start_ns; /* the current way has been used alone since then; 0: no trial yet */
	uint64_t calm_progress;
	double calm_rate;     /* rate of the current way, between the previous trial and this one */
	uint64_t rivals_done; /* in its spell of the current pair */
	double rivals_rate;
	double ratios[WAIT_PAIRS];	/* the rival's rate / that of the current way */
	uint64_t rest_until[WAIT_WAYS]; /* until then a way that has lost is not tried again */
	uint64_t rest_ns[WAIT_WAYS];	/* the length of its last rest; longer each time */
};

/* `ways`: a bit for each way that can be used, including WAIT_BLOCK. Starts with WAIT_GATHER for many
 * `connections`. Otherwise, or if that way is missing, starts with WAIT_SPIN, and without either with
 * WAIT_BLOCK. Trials begin after the first few latencies. */
void wait_choice_init(struct wait_choice *choice, unsigned ways, uint32_t connections, uint64_t now_ns);

/* Returns the way for the next wait. `progress`: how much work has been done so far, in responses or in
 * anything that grows with them more evenly. `median_ns`: the rough median of the latencies. Call it
 * before each wait, in a closed loop only. */
enum wait_way wait_choice_next(struct wait_choice *choice, uint64_t now_ns, uint64_t progress,
			       uint64_t median_ns);

/* The longest that a completion may wait for others to gather. If a response takes `receives` completions,
 * they wait together for 3 % of the median latency, which a run's own noise hides. Each waits at least 5
 * us, below which nothing is gained, and at most 60 us, above which there is no further gain. */
static inline uint64_t wait_moment_ns(uint64_t median_ns, double receives)
{
	uint64_t moment = (uint64_t)((double)(median_ns * 3) / (100 * (receives < 1 ? 1 : receives)));

	return moment < 5000 ? 5000 : moment > 60000 ? 60000 : moment;
}

#endif
