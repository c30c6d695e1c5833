/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* vastar ai-bench: the requests of a benchmark of a language model. */
#ifndef VASTAR_CLI_AI_BENCH_H
#define VASTAR_CLI_AI_BENCH_H

#include "cli/options.h"
#include "cli/prompts.h"

/* What the settings point to. */
struct ai_made {
	struct prompts prompts;
	struct vastar_request *requests;
	char **bodies;
	size_t count;
	char *url, *authorization;
	const char **headers;
};

/* Makes the requests. The settings then point into *made, which must be zero; free it even after a
 * failure. */
int ai_set_requests(struct vastar_settings *settings, const struct ai_options *o, const char *url,
		    struct ai_made *made, struct vastar_error *err);
void ai_made_free(struct ai_made *made);

#endif
