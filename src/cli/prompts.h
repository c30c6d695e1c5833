/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The prompts of `vastar ai-bench`: given, from a file, or made. */
#ifndef VASTAR_CLI_PROMPTS_H
#define VASTAR_CLI_PROMPTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct prompt {
	char *text;	     /* owned; NULL: `messages` */
	json_t *messages;    /* owned; NULL: `text` */
	uint32_t max_tokens; /* 0: not said */
};

struct prompts {
	struct prompt *list; /* owned */
	size_t count;
};

/* How made prompts are made. */
struct prompt_recipe {
	uint64_t seed;
	size_t count;
	uint32_t least, most; /* words: about a token each */
	double prefix_share;  /* 0..1: of the words, a common part */
	uint32_t groups;      /* of so many different common parts, 1 and up */
};

/* Text lines, JSON lines, or one JSON array in the form of ShareGPT. Messages begin with `name` and line.
 * Call prompts_free() even after a failure. */
int prompts_read(struct prompts *prompts, const char *name, char *text, size_t length,
		 struct vastar_error *err);

/* Without a common part each begins with a number of its own, so that no cache knows it. */
int prompts_make(struct prompts *prompts, const struct prompt_recipe *recipe, struct vastar_error *err);

int prompts_add(struct prompts *prompts, const char *text, struct vastar_error *err);
void prompts_free(struct prompts *prompts);

#endif
