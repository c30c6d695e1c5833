/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Time in which a worker had work and could not run because something took its processor away. All shares
 * are of the measured time, and of the worker that was held back most. No time counts in two of them.
 */
#ifndef VASTAR_STATS_HELD_H
#define VASTAR_STATS_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NAN: unknown. */
struct held {
	double quota;	  /* processors that the control group allows; 0: no limit */
	double throttled; /* the control group had used up its quota */
	double stolen;	  /* the hypervisor ran others; a share of the processors' busy time */
	double run_delay; /* ready to run while another program ran */
	double wait_s;	  /* mean wait that this adds for a response that arrives at a random moment */
	bool server_here; /* the server is on this machine, and may be that other program */
};

enum held_by { HELD_NOT, HELD_THROTTLED, HELD_STOLEN, HELD_RUN_DELAY };

/* Up to this share the report says nothing. No more than this share of responses that arrive at random
 * moments can be affected, so median and p90 hold. A closed loop loses no more of its rate than the
 * difference between two equal runs. */
#define HELD_LIMIT 0.05

/* What held vastar back by more than HELD_LIMIT. Run delay counts only if `waits_matter`: where client and
 * server take turns on a processor, it is half of the time, and may still be too short to notice. */
enum held_by held_by(const struct held *held, bool waits_matter);

/* The share of time that control group and hypervisor left to vastar. Busy time is compared with this.
 * Above 0. */
double held_left(const struct held *held);

/* The sum of all shares, up to 1. */
double held_all(const struct held *held);

double held_share(const struct held *held, enum held_by by);

/* "the control group allows 0.3 processors and held vastar back 68 % of the time: raise its CPU limit" */
void held_sentence(const struct held *held, enum held_by by, bool crowded, char *text, size_t size);

/* Joins `next` into the mean over the time of both, where `share` of that time is next's. Runs at the same
 * time have a share of 1: then the larger values are kept. */
void held_join(struct held *into, const struct held *next, double share);

#endif
