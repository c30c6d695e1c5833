/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How the tokens of language models are counted: the part of engine/exchange.h for `vastar ai-bench`. */
#ifndef VASTAR_ENGINE_TALLY_TOKENS_H
#define VASTAR_ENGINE_TALLY_TOKENS_H

#include "engine/exchange.h"
#include "proto/tokens.h"

/* An event with a token of the response arrived at `now_ns`, in this second of the measured part.
 * `before_ns`: when the one before did; 0: it is the first. */
void tally_token(struct tally *t, const struct exchange *x, uint64_t before_ns, uint64_t second,
		 uint64_t now_ns);

/* The first token that is not reasoning, after some that were. */
void tally_first_answer(struct tally *t, const struct exchange *x, uint64_t now_ns);

/* The tokens of a complete 2xx response. */
struct answer_end {
	uint64_t token_events;
	uint64_t first_ns, last_ns; /* of those events; 0: there were none */
	struct token_usage usage;   /* -1: not said */
	bool finished;
	enum token_finish finish;
	bool marked; /* "[DONE]" was seen */
};

/* Before exchange_completed(). */
void tally_answer(struct tally *t, const struct exchange *x, const struct answer_end *end, uint64_t now_ns);

#endif
