/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/turns.h"

#include <stdlib.h>

/* The k-th of w turns stands at (k + 1/2) / w of the list. */
struct turn {
	uint32_t item, twice, weight; /* twice: 2 k + 1 */
};

static int by_place(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;
	uint64_t left = (uint64_t)x->twice * y->weight, right = (uint64_t)y->twice * x->weight;

	if (left != right)
		return left < right ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

static uint32_t common(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

void turns_reduce(uint32_t *weights, uint32_t count)
{
	uint32_t divisor = 0;

	for (uint32_t i = 0; i < count; i++)
		divisor = common(weights[i], divisor);
	for (uint32_t i = 0; divisor && i < count; i++)
		weights[i] /= divisor;
}

uint32_t *turns_new(const uint32_t *weights, uint32_t count, uint32_t *lengthp)
{
	uint32_t length = 0, at = 0, *list;
	struct turn *turns;

	for (uint32_t i = 0; i < count; i++)
		length += weights[i];
	turns = malloc(length * sizeof(*turns));
	list = malloc(length * sizeof(*list));
	if (!turns || !list) {
		free(turns);
		free(list);
		return NULL;
	}
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t k = 0; k < weights[i]; k++)
			turns[at++] = (struct turn){i, 2 * k + 1, weights[i]};
	qsort(turns, length, sizeof(*turns), by_place);
	for (uint32_t i = 0; i < length; i++)
		list[i] = turns[i].item;
	free(turns);
	*lengthp = length;
	return list;
}
