/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How many workers a load needs, found by watching and trying. One worker is best as long as it keeps up,
 * because more workers make smaller batches, and batches make io_uring cheap. When the workers are busy
 * nearly all the time and processors of the host are idle, their number is doubled. A step that gains less
 * than a tenth of the rate is taken back: then the server is the limit.
 *
 * A function of what it is told: no clock, no thread and no file here. scale.c takes the samples and carries
 * out what is decided.
 */
#ifndef VASTAR_ENGINE_GROWTH_H
#define VASTAR_ENGINE_GROWTH_H

#include <stdbool.h>
#include <stdint.h>

/* What was seen since the sample before. */
struct growth_sample {
	uint64_t now_ns;
	double busy;	/* share of a processor that the workers used in the mean, their spinning taken off */
	double idle;	/* processors that stood idle, of those that vastar may use */
	double rate;	/* responses a second */
	bool all_moved; /* the connections are where the last step wants them */
};

enum growth_state {
	GROWTH_WATCHING, /* is the load more than the workers can carry? */
	GROWTH_MOVING,	 /* a step was decided, and connections are on their way */
	GROWTH_JUDGING,	 /* they have arrived: does it help? */
	GROWTH_RETURNING /* it did not, and they are on their way back */
};

struct growth {
	uint32_t count;	      /* workers */
	uint32_t max;	      /* usable processors, and at most a worker for each connection */
	uint32_t connections; /* of all workers */
	bool by_schedule;     /* the rate is given, so that a step cannot be judged by it */
	enum growth_state state;
	uint32_t before;    /* the count before the step under way */
	double rate_before; /* ... and the rate */
	uint64_t due_ns;    /* when the next sample is wanted; UINT64_MAX: never */
	uint64_t step_ns;   /* when the step under way was decided */
	uint64_t window_ns; /* of a sample that decides */
	uint64_t pause_ns;  /* between samples; grows while there is nothing to do */
	uint64_t rest_ns;   /* after the last step that was taken back */
	uint32_t forced;    /* for tests: goes to and fro between the first count and this; 0: not */
	bool nowhere;	    /* the workers were busy, and no processor was idle */
};

/* `count` of at most `max` workers begin at `now_ns`. On a host with few processors a sample takes longer:
 * the kernel counts idle time in hundredths of a second. */
void growth_init(struct growth *growth, uint32_t count, uint32_t max, uint32_t connections, bool by_schedule,
		 uint64_t now_ns);

/* Takes the sample that was due, and returns how many workers there are to be; growth->count is then that. A
 * lower number takes the last step back. */
uint32_t growth_next(struct growth *growth, const struct growth_sample *sample);

/* The step could not be carried out: it is dropped, and no other is tried. */
void growth_failed(struct growth *growth);

/* A step is under way: what is measured now is not what will be. */
static inline bool growth_unsettled(const struct growth *growth)
{
	return growth->state != GROWTH_WATCHING;
}

/* More workers could be added, or would gain nothing: busy workers do not limit what is measured. */
static inline bool growth_has_room(const struct growth *growth)
{
	return growth->count < growth->max && !growth->nowhere;
}

#endif
