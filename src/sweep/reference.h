/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The curve of a reference endpoint, out of the JSON of an earlier sweep. */
#ifndef VASTAR_SWEEP_REFERENCE_H
#define VASTAR_SWEEP_REFERENCE_H

#include <stddef.h>

#include "base/err.h"
#include "plan/plan.h"
#include "sweep/levels.h"
#include "sweep/point.h"

enum { REQUEST_DIGEST_LENGTH = 16 };

/* Of body and headers, in hexadecimal: two requests of one digest are the same but for URL, method and
 * credentials. For comparing, not for hiding (FNV-1a of Fowler, Noll and Vo, 64 bits). */
void request_digest(const struct vastar_settings *request, char text[REQUEST_DIGEST_LENGTH + 1]);

struct reference {
	/* "" and 0: the file does not say. */
	char url[512], method[32], request_digest[REQUEST_DIGEST_LENGTH + 1], cpu_model[128];
	uint32_t cpu_count;
	int64_t started_at_s; /* seconds since 1970 */
	struct levels levels;
	struct figures figures[LEVELS_MAX]; /* of each level */
	bool weak_p99[LEVELS_MAX];	    /* fewer than ten responses above it */
};

/* VASTAR_E_USAGE with a sentence when the bytes are no sweep of this schema. `name` is for the sentence. */
int reference_parse(struct reference *reference, const char *name, const char *bytes, size_t length,
		    struct vastar_error *err);

/* The same from a file; VASTAR_E_SYSTEM when it cannot be read. */
int reference_load(struct reference *reference, const char *path, struct vastar_error *err);

/* The index of the level, or of the nearest one when `nearest`; -1: not there. */
int reference_find(const struct reference *reference, uint32_t concurrency, bool nearest);

#endif
