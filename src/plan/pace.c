/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/pace.h"

uint64_t pace_first(const struct pace *pace, uint32_t index, uint32_t count, uint64_t start_ns)
{
	if (pace->kind != PACE_CONNECTION)
		return start_ns;
	/* floor(gap x index / count) without overflow of the product. */
	return start_ns + pace->gap_ns / count * index + pace->gap_ns % count * index / count;
}

uint64_t pace_next(const struct pace *pace, uint64_t due_ns, uint64_t now_ns, uint64_t *missedp)
{
	uint64_t next = due_ns + pace->gap_ns;

	if (pace->kind != PACE_CONNECTION)
		return now_ns;
	/* Counts from tick to tick, never from `now`: a late response does not shift later requests. */
	if (now_ns > next) {
		uint64_t missed = (now_ns - next + pace->gap_ns - 1) / pace->gap_ns;

		*missedp += missed;
		next += missed * pace->gap_ns;
	}
	return next;
}
