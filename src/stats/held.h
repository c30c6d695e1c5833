/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Time in which a worker had work and could not run, because its processor was taken away. All shares are of
 * the measured time, and of the worker that was held back most. The same time is in one of them only.
 */
#ifndef VASTAR_STATS_HELD_H
#define VASTAR_STATS_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NAN: not known. */
struct held {
	double quota;	  /* processors that the control group allows; 0: no limit */
	double throttled; /* the control group had used up what it may */
	double stolen;	  /* the hypervisor ran others: of the time that the processors had work */
	double run_delay; /* ready to run, and another program ran */
	double wait_s;	  /* how long a response that comes at any moment waits for that, in the mean */
	bool server_here; /* the server is on this machine: the other program may be that */
};

enum held_by { HELD_NOT, HELD_THROTTLED, HELD_STOLEN, HELD_RUN_DELAY };

/* Up to this share nothing is said. Of responses that come at any moment no more than this share can have met
 * it, so that their median and p90 stand; and a closed loop loses no more of its rate than two runs of the
 * same thing differ by. */
#define HELD_LIMIT 0.05

/* What has held vastar back by more than that. Run delay counts only if `waits_matter`: where client and
 * server take turns on a processor it is half of the time, and may yet be too short to be seen. */
enum held_by held_by(const struct held *held, bool waits_matter);

/* Time that the control group and the hypervisor have left: what is busy is busy in that. Above 0. */
double held_left(const struct held *held);

/* All of it, up to 1. */
double held_all(const struct held *held);

double held_share(const struct held *held, enum held_by by);

/* "the control group allows 0.3 processors and held vastar back 68 % of the time: raise its CPU limit" */
void held_sentence(const struct held *held, enum held_by by, bool crowded, char *text, size_t size);

/* Into the mean over the time of both, `share` of it next's; or, of runs at the same time (share is 1), into
 * the larger ones. */
void held_join(struct held *into, const struct held *next, double share);

#endif
