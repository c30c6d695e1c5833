/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The exact number of remaining requests. Workers take shares of a common count. While plenty remain,
 * shares are large, so that the common cache line is rarely touched. Towards the end they are single
 * requests, so that no worker idles while another still has many.
 */
#ifndef VASTAR_ENGINE_BUDGET_H
#define VASTAR_ENGINE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

enum { BUDGET_SHARE_MAX = 256 };

struct budget {
	uint64_t left; /* atomic */
	uint32_t workers;
};

/* Takes at most `wanted` from the common count; returns how many it got. */
static inline uint64_t budget_claim(struct budget *budget, uint64_t wanted)
{
	uint64_t left = __atomic_load_n(&budget->left, __ATOMIC_RELAXED);
	uint64_t got;

	do {
		got = left < wanted ? left : wanted;
	} while (got && !__atomic_compare_exchange_n(&budget->left, &left, left - got, true, __ATOMIC_RELAXED,
						     __ATOMIC_RELAXED));
	return got;
}

/* Takes one request from the worker's own share, and refills the share from the common count when it is
 * empty. False: none remain. */
static inline bool budget_take(struct budget *budget, uint64_t *share)
{
	if (!*share) {
		uint64_t left = __atomic_load_n(&budget->left, __ATOMIC_RELAXED);
		uint64_t wanted = left / (8 * (uint64_t)budget->workers);

		*share = budget_claim(budget, wanted < 1		  ? 1
					      : wanted > BUDGET_SHARE_MAX ? BUDGET_SHARE_MAX
									  : wanted);
		if (!*share)
			return false;
	}
	--*share;
	return true;
}

/* True if a request can still be taken now. */
static inline bool budget_any(const struct budget *budget, uint64_t share)
{
	return share || __atomic_load_n(&budget->left, __ATOMIC_RELAXED);
}

/* Returns an unused share to the common count. */
static inline void budget_return(struct budget *budget, uint64_t *share)
{
	__atomic_fetch_add(&budget->left, *share, __ATOMIC_RELAXED);
	*share = 0;
}

#endif
