/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/arrivals.h"

#include <math.h>
#include <string.h>

const char *const arrivals_names[ARRIVALS_KINDS] = {"constant", "poisson", "uniform"};

bool arrivals_find(const char *name, enum arrivals_kind *kindp)
{
	for (int kind = 0; kind < ARRIVALS_KINDS; kind++) {
		if (!name || !strcmp(name, arrivals_names[kind])) {
			*kindp = (enum arrivals_kind)kind;
			return true;
		}
	}
	return false;
}

/* SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014), to [0, 1). */
static double next_share(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

/* Random gaps are added up from the start: a double resolves a thousandth of an arrival in 10^12 of them. The
 * other kinds are computed from the index, so that no rounding errors add up. */
static void step(struct arrivals *arrivals)
{
	uint64_t index = arrivals->index++;

	switch (arrivals->kind) {
	case ARRIVALS_POISSON:
		arrivals->expected += -log1p(-next_share(&arrivals->random));
		break;
	case ARRIVALS_UNIFORM:
		arrivals->expected += 2 * next_share(&arrivals->random);
		break;
	case ARRIVALS_CONSTANT:
	case ARRIVALS_KINDS:
		if (arrivals->schedule->burst)
			index -= index % arrivals->schedule->burst;
		arrivals->expected = (double)index;
		break;
	}
}

static void take_steps(struct arrivals *arrivals, uint32_t count)
{
	uint64_t at_ns;

	for (uint32_t i = 0; i < count; i++)
		step(arrivals);
	at_ns = schedule_instant(arrivals->schedule, arrivals->expected, &arrivals->stage);
	arrivals->next_ns = at_ns == UINT64_MAX ? UINT64_MAX : arrivals->start_ns + at_ns;
}

void arrivals_init(struct arrivals *arrivals, enum arrivals_kind kind, const struct schedule *schedule,
		   uint64_t seed, uint64_t start_ns, uint32_t first, uint32_t stride)
{
	*arrivals = (struct arrivals){
	    .kind = kind, .schedule = schedule, .stride = stride, .start_ns = start_ns, .random = seed};
	take_steps(arrivals, first + 1);
}

void arrivals_take(struct arrivals *arrivals)
{
	take_steps(arrivals, arrivals->stride);
	arrivals->taken++;
}

void arrivals_split(struct arrivals *arrivals, struct arrivals *other)
{
	*other = *arrivals;
	take_steps(other, other->stride);
	other->taken = 0;
	other->stride *= 2;
	arrivals->stride *= 2;
}
