/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/arrivals.h"

#include <math.h>

const char *const arrivals_names[ARRIVALS_KINDS] = {"constant", "poisson", "uniform"};

/* SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014), to [0, 1). */
static double next_share(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

/* Random gaps add up from the start: a double holds a nanosecond in a hundred days. A constant schedule is
 * worked out from the index, so that no rounding adds up. */
static void step(struct arrivals *arrivals)
{
	switch (arrivals->kind) {
	case ARRIVALS_POISSON:
		arrivals->offset_ns += -log1p(-next_share(&arrivals->random)) * arrivals->gap_ns;
		break;
	case ARRIVALS_UNIFORM:
		arrivals->offset_ns += 2 * next_share(&arrivals->random) * arrivals->gap_ns;
		break;
	case ARRIVALS_CONSTANT:
	case ARRIVALS_KINDS:
		arrivals->offset_ns = (double)arrivals->index * arrivals->gap_ns;
		break;
	}
	arrivals->index++;
}

void arrivals_init(struct arrivals *arrivals, enum arrivals_kind kind, double rate, uint64_t seed,
		   uint64_t start_ns, uint32_t first, uint32_t stride)
{
	*arrivals = (struct arrivals){
	    .kind = kind, .stride = stride, .start_ns = start_ns, .random = seed, .gap_ns = 1e9 / rate};
	for (uint32_t i = 0; i <= first; i++)
		step(arrivals);
	arrivals->next_ns = start_ns + (uint64_t)arrivals->offset_ns;
}

void arrivals_take(struct arrivals *arrivals)
{
	for (uint32_t i = 0; i < arrivals->stride; i++)
		step(arrivals);
	arrivals->next_ns = arrivals->start_ns + (uint64_t)arrivals->offset_ns;
	arrivals->taken++;
}
