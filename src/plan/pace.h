/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * When the next request is due: pure functions of the plan and of instants, without a clock and without
 * state. The engine asks for an instant, waits until then, and sends. Every exchange keeps the instant it
 * was due, so an open-loop schedule is just another `kind` here.
 */
#ifndef VASTAR_PLAN_PACE_H
#define VASTAR_PLAN_PACE_H

#include <stdint.h>

enum pace_kind {
	PACE_CLOSED,	 /* due as soon as the connection is free */
	PACE_CONNECTION, /* -q: each connection at its own even rate; it misses ticks while it is busy */
	PACE_OPEN,	 /* --rate: by the schedule of plan/arrivals.h, on any free connection */
};

struct pace {
	enum pace_kind kind;
	uint64_t gap_ns; /* PACE_CONNECTION: between two requests of one connection */
};

/* When connection `index` of `count` sends its first request in a run that starts at `start_ns`. Paced
 * connections are spread evenly over one gap, so that they do not all send at once. */
uint64_t pace_first(const struct pace *pace, uint32_t index, uint32_t count, uint64_t start_ns);

/* When a connection that was due at `due_ns` and is free at `now_ns` is due again. Adds the ticks that passed
 * while it was busy to *missedp. */
uint64_t pace_next(const struct pace *pace, uint64_t due_ns, uint64_t now_ns, uint64_t *missedp);

#endif
