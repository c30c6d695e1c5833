/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/growth.h"

#define NS_IN_MS UINT64_C(1000000)

enum {
	WINDOW_MS = 20,
	WINDOW_FEW_MS = 50, /* with fewer than PROCESSORS_MANY usable processors */
	PROCESSORS_MANY = 8,
	PAUSE_MAX_MS = 200, /* a change of the load is noticed within this time */
	MOVED_EVERY_MS = 2,
	MOVE_MAX_MS = 100, /* a connection with a long response delays the decision no longer than this */
	REST_MIN_MS = 1000,
	REST_MAX_MS = 32000,
	FEW_CONNECTIONS = 4, /* for one worker */
	FORCED_MS = 5,
};

static const double busy_limit = 0.9, least_gain = 1.1;
/* With few connections a worker is idle between the responses, but a response that arrives while it
 * handles another has to wait. nginx with 8 workers, c = 10, on 16 processors: 4 workers were busy 63 % of
 * the time and had 681,000 requests/s, 8 had 793,000. */
static const double busy_limit_few = 0.55;
/* Allows for the error of a sample: a processor that is idle for this share of the time counts as idle. */
static const double idle_enough = 0.7;

void growth_init(struct growth *growth, uint32_t count, uint32_t max, uint32_t connections, bool by_schedule,
		 uint64_t now_ns)
{
	uint64_t window_ns = (max < PROCESSORS_MANY ? WINDOW_FEW_MS : WINDOW_MS) * NS_IN_MS;

	*growth = (struct growth){
	    .count = count,
	    .max = max,
	    .connections = connections,
	    .by_schedule = by_schedule,
	    .due_ns = count < max ? now_ns + window_ns : UINT64_MAX,
	    .window_ns = window_ns,
	    .pause_ns = window_ns,
	};
}

static uint32_t change_to(struct growth *growth, uint32_t count, enum growth_state state, uint64_t now_ns)
{
	growth->state = state;
	growth->count = count;
	growth->step_ns = now_ns;
	growth->due_ns = now_ns + MOVED_EVERY_MS * NS_IN_MS;
	return count;
}

static bool too_busy(const struct growth *growth, const struct growth_sample *sample)
{
	bool few = growth->connections <= FEW_CONNECTIONS * growth->count;

	return sample->busy > (few ? busy_limit_few : busy_limit);
}

/* The largest possible number of workers, given the idle processors. */
static uint32_t next_count(const struct growth *growth, double idle)
{
	uint32_t more = (uint32_t)(idle + 1 - idle_enough);

	if (more > growth->count)
		more = growth->count;
	return growth->count + more < growth->max ? growth->count + more : growth->max;
}

static uint32_t watch(struct growth *growth, const struct growth_sample *sample)
{
	bool busy = too_busy(growth, sample);
	uint32_t wanted = growth->count;

	if (growth->forced)
		wanted = 2 * growth->count < growth->forced ? 2 * growth->count : growth->forced;
	else if (busy)
		wanted = next_count(growth, sample->idle);
	growth->state = GROWTH_WATCHING;
	growth->nowhere = busy && wanted == growth->count;
	if (growth->count == growth->max) {
		growth->due_ns = UINT64_MAX;
	} else if (wanted > growth->count) {
		growth->before = growth->count;
		growth->rate_before = sample->rate;
		growth->pause_ns = growth->window_ns;
		return change_to(growth, wanted, GROWTH_MOVING, sample->now_ns);
	} else {
		growth->due_ns = sample->now_ns + growth->pause_ns;
		growth->pause_ns *= 2;
		if (growth->pause_ns > PAUSE_MAX_MS * NS_IN_MS)
			growth->pause_ns = PAUSE_MAX_MS * NS_IN_MS;
	}
	return growth->count;
}

static bool has_moved(const struct growth *growth, const struct growth_sample *sample)
{
	return sample->all_moved || sample->now_ns - growth->step_ns >= MOVE_MAX_MS * NS_IN_MS;
}

static uint32_t await_move(struct growth *growth, const struct growth_sample *sample)
{
	if (!has_moved(growth, sample)) {
		growth->due_ns = sample->now_ns + MOVED_EVERY_MS * NS_IN_MS;
	} else {
		growth->state = GROWTH_JUDGING;
		growth->due_ns = sample->now_ns + (growth->forced ? FORCED_MS * NS_IN_MS : growth->window_ns);
	}
	return growth->count;
}

static uint32_t judge(struct growth *growth, const struct growth_sample *sample)
{
	bool helps = growth->by_schedule || sample->rate >= least_gain * growth->rate_before;

	if (growth->forced && !growth->by_schedule)
		helps = growth->count < growth->forced;
	if (helps) {
		growth->rest_ns = 0;
		return watch(growth, sample);
	}
	growth->rest_ns = growth->rest_ns ? 2 * growth->rest_ns : REST_MIN_MS * NS_IN_MS;
	if (growth->rest_ns > REST_MAX_MS * NS_IN_MS)
		growth->rest_ns = REST_MAX_MS * NS_IN_MS;
	return change_to(growth, growth->before, GROWTH_RETURNING, sample->now_ns);
}

static uint32_t await_return(struct growth *growth, const struct growth_sample *sample)
{
	if (!has_moved(growth, sample)) {
		growth->due_ns = sample->now_ns + MOVED_EVERY_MS * NS_IN_MS;
	} else {
		growth->state = GROWTH_WATCHING;
		growth->due_ns = sample->now_ns + (growth->forced ? FORCED_MS * NS_IN_MS : growth->rest_ns);
	}
	return growth->count;
}

uint32_t growth_next(struct growth *growth, const struct growth_sample *sample)
{
	switch (growth->state) {
	case GROWTH_WATCHING:
		return watch(growth, sample);
	case GROWTH_MOVING:
		return await_move(growth, sample);
	case GROWTH_JUDGING:
		return judge(growth, sample);
	case GROWTH_RETURNING:
		return await_return(growth, sample);
	}
	return growth->count;
}

void growth_failed(struct growth *growth)
{
	growth->count = growth->max = growth->before;
	growth->state = GROWTH_WATCHING;
	growth->due_ns = UINT64_MAX;
}
