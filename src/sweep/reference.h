/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The curve of a reference endpoint, from the JSON of an earlier sweep. */
#ifndef VASTAR_SWEEP_REFERENCE_H
#define VASTAR_SWEEP_REFERENCE_H

#include <stddef.h>

#include "base/err.h"
#include "plan/plan.h"
#include "sweep/levels.h"
#include "sweep/point.h"

enum { REQUEST_DIGEST_LENGTH = 16 };

/* A digest of body and headers, in hexadecimal. Two requests with the same digest are equal except for
 * URL, method and credentials. It compares, it does not hide anything (FNV-1a of Fowler, Noll and Vo, 64
 * bits). */
void request_digest(const struct vastar_settings *request, char text[REQUEST_DIGEST_LENGTH + 1]);

struct reference {
	/* "" and 0: not in the file. */
	char url[512], method[32], request_digest[REQUEST_DIGEST_LENGTH + 1], cpu_model[128];
	uint32_t cpu_count;
	int64_t started_at_s; /* seconds since 1970 */
	struct levels levels;
	struct figures figures[LEVELS_MAX]; /* of each level */
	bool weak_p99[LEVELS_MAX];	    /* fewer than ten responses lie above it */
	struct bounds p99_s[LEVELS_MAX];    /* its 95 % interval; both 0: not in the file */
};

/* VASTAR_E_USAGE with a message when the bytes are not a sweep of this schema. `name` is for the message. */
int reference_parse(struct reference *reference, const char *name, const char *bytes, size_t length,
		    struct vastar_error *err);

/* Parses a file; VASTAR_E_SYSTEM when it cannot be read. */
int reference_load(struct reference *reference, const char *path, struct vastar_error *err);

/* The index of the level, or of the closest one with `nearest`; -1: not found. */
int reference_find(const struct reference *reference, uint32_t concurrency, bool nearest);

#endif
