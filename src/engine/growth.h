/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How many workers a load needs, found by watching and trying. One worker is best as long as it keeps up:
 * more workers make smaller batches, and batches make io_uring cheap. When the workers are busy nearly all
 * the time and processors of the host are idle, their number is doubled. A step that raises the rate by less
 * than a tenth is undone: then the server is the limit.
 *
 * The functions depend on their arguments only: no clock, no thread and no file. scale.c takes the samples
 * and carries out the decisions.
 */
#ifndef VASTAR_ENGINE_GROWTH_H
#define VASTAR_ENGINE_GROWTH_H

#include <stdbool.h>
#include <stdint.h>

/* What was measured since the previous sample. */
struct growth_sample {
	uint64_t now_ns;
	double busy;	/* average share of a processor that the workers used, without their spinning */
	double idle;	/* number of idle processors, of those that vastar may use */
	double rate;	/* responses per second */
	bool all_moved; /* all connections are where the last step wants them */
};

enum growth_state {
	GROWTH_WATCHING, /* is the load more than the workers can handle? */
	GROWTH_MOVING,	 /* a step was decided, and connections are moving */
	GROWTH_JUDGING,	 /* the connections have arrived: did the step help? */
	GROWTH_RETURNING /* it did not help, and they are moving back */
};

struct growth {
	uint32_t count;	      /* number of workers */
	uint32_t max;	      /* usable processors, but at most one worker per connection */
	uint32_t connections; /* of all workers */
	bool by_schedule;     /* the rate is given, so it cannot show whether a step helped */
	enum growth_state state;
	uint32_t before;    /* the count before the current step */
	double rate_before; /* ... and the rate */
	uint64_t due_ns;    /* when the next sample is due; UINT64_MAX: never */
	uint64_t step_ns;   /* when the current step was decided */
	uint64_t window_ns; /* length of a sample that decides */
	uint64_t pause_ns;  /* between samples; grows while nothing needs to change */
	uint64_t rest_ns;   /* after the last step that was undone */
	uint32_t forced;    /* for tests: alternates between the first count and this; 0: off */
	bool nowhere;	    /* the workers were busy, but no processor was idle */
};

/* Starts with `count` of at most `max` workers at `now_ns`. On a host with few processors a sample takes
 * longer, because the kernel counts idle time in hundredths of a second. */
void growth_init(struct growth *growth, uint32_t count, uint32_t max, uint32_t connections, bool by_schedule,
		 uint64_t now_ns);

/* Takes the sample that was due and returns how many workers there should be; growth->count then has that
 * number. A lower number undoes the last step. */
uint32_t growth_next(struct growth *growth, const struct growth_sample *sample);

/* The step could not be carried out: drops it and tries no other. */
void growth_failed(struct growth *growth);

/* A step is in progress: the rate measured now may not last. */
static inline bool growth_unsettled(const struct growth *growth)
{
	return growth->state != GROWTH_WATCHING;
}

/* More workers could be added, or would gain nothing: busy workers do not limit the results. */
static inline bool growth_has_room(const struct growth *growth)
{
	return growth->count < growth->max && !growth->nowhere;
}

#endif
