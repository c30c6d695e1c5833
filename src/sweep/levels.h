/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which levels of concurrency a sweep measures, as given by --conc. */
#ifndef VASTAR_SWEEP_LEVELS_H
#define VASTAR_SWEEP_LEVELS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { LEVELS_MAX = 100 };

struct levels {
	bool automatic; /* the sweep looks for levels itself: the list is empty */
	unsigned count;
	uint32_t c[LEVELS_MAX]; /* in rising order */
};

/*
 * Parses one of these:
 * - "10,50,100,500", in rising order
 * - "10..1000:log=6": six levels, evenly spaced on a logarithmic scale, both ends included, rounded, each
 *   once
 * - "10..200:step=20": from the first level on, as long as they do not exceed the last
 * - "auto"
 * Levels are from 1 to `most`. VASTAR_E_USAGE with a message for anything else.
 */
int levels_parse(struct levels *levels, const char *spec, uint32_t most, struct vastar_error *err);

/* Up to `wanted` levels from half to one and a half times `around`, evenly spaced. None is above `most`,
 * and none is already in `known` (rising). */
void levels_refine(struct levels *finer, uint32_t around, unsigned wanted, uint32_t most,
		   const struct levels *known);

/* Inserts `c` in order and returns true, unless it is already there or the list is full. */
bool levels_add(struct levels *levels, uint32_t c);

bool levels_has(const struct levels *levels, uint32_t c);

#endif
