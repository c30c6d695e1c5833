/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a plan says of language models: the requests are prompts, and their responses have tokens. */
#ifndef VASTAR_PLAN_AI_PLAN_H
#define VASTAR_PLAN_AI_PLAN_H

#include <vastar/vastar.h>

#include "base/err.h"

struct ai_plan {
	bool wanted;
	bool stream; /* events, not whole responses */
	/* What a response must keep to count for goodput; 0: no limit. */
	uint64_t good_ttft_ns, good_tpot_ns, good_e2e_ns;
	/* Of a million tokens; 0: not known. */
	double price_in, price_out, price_cached;
};

/* Reads the settings: "ttft=500ms,tpot=50ms,e2e=10s". VASTAR_E_USAGE with a message. */
int ai_plan_fill(struct ai_plan *ai, const struct vastar_settings *settings, struct vastar_error *err);

/* True if goodput has a limit. */
static inline bool ai_has_goodput(const struct ai_plan *ai)
{
	return ai->good_ttft_ns || ai->good_tpot_ns || ai->good_e2e_ns;
}

#endif
