/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stats/held.h"

#include <math.h>
#include <stdio.h>

static const double LEAST_LEFT = 0.01; /* keeps the time left above 0 */

static double known(double share)
{
	return share > 0 ? share : 0; /* false for NAN */
}

double held_share(const struct held *held, enum held_by by)
{
	switch (by) {
	case HELD_THROTTLED:
		return known(held->throttled);
	case HELD_STOLEN:
		return known(held->stolen);
	case HELD_RUN_DELAY:
		return known(held->run_delay);
	case HELD_NOT:
		break;
	}
	return 0;
}

static double taken(const struct held *held)
{
	return known(held->throttled) + known(held->stolen);
}

double held_all(const struct held *held)
{
	return fmin(taken(held) + known(held->run_delay), 1);
}

double held_left(const struct held *held)
{
	return fmax(1 - taken(held), LEAST_LEFT);
}

enum held_by held_by(const struct held *held, bool waits_matter)
{
	double waited = waits_matter ? known(held->run_delay) : 0;

	if (waited > HELD_LIMIT && waited > taken(held))
		return HELD_RUN_DELAY;
	if (taken(held) <= HELD_LIMIT)
		return HELD_NOT;
	return known(held->throttled) >= known(held->stolen) ? HELD_THROTTLED : HELD_STOLEN;
}

void held_sentence(const struct held *held, enum held_by by, bool crowded, char *text, size_t size)
{
	double percent = 100 * held_share(held, by);

	switch (by) {
	case HELD_THROTTLED:
		snprintf(text, size,
			 "the control group allows %.3g processors and held vastar back %.0f %% of the time: "
			 "raise its CPU limit",
			 held->quota, percent);
		break;
	case HELD_STOLEN:
		snprintf(text, size,
			 "the hypervisor gave this machine's processors to others %.0f %% of the time that "
			 "they had work: use a quieter host",
			 percent);
		break;
	case HELD_RUN_DELAY:
		snprintf(text, size,
			 "vastar was ready to run and had to wait for a processor %.0f %% of the time, as "
			 "%s",
			 percent,
			 crowded ? "it has more workers than processors: use fewer (-w)"
			 : held->server_here
			     ? "other programs, or the server on this machine, kept it busy: stop them, or "
			       "give each processors of its own (taskset)"
			     : "other programs kept it busy: stop them, or give vastar processors of its "
			       "own (taskset)");
		break;
	case HELD_NOT:
		snprintf(text, size, "vastar was not held back");
		break;
	}
}

static double joined(double into, double next, double share)
{
	if (!isfinite(into) || !isfinite(next))
		return isfinite(into) ? into : next;
	return share < 1 ? into * (1 - share) + next * share : fmax(into, next);
}

void held_join(struct held *into, const struct held *next, double share)
{
	into->throttled = joined(into->throttled, next->throttled, share);
	into->stolen = joined(into->stolen, next->stolen, share);
	into->run_delay = joined(into->run_delay, next->run_delay, share);
	into->wait_s = joined(into->wait_s, next->wait_s, share);
}
