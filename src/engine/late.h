/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Describes the stage of an exchange at its timeout. */
#ifndef VASTAR_ENGINE_LATE_H
#define VASTAR_ENGINE_LATE_H

#include <stddef.h>
#include <stdint.h>

#include "stats/shard.h"

struct late {
	enum late_stage stage; /* also the code that separates the examples */
	uint64_t done;	       /* bytes: of the request, or of the body */
	uint64_t total;	       /* 0: unknown */
};

/* "no complete response within 0.2 s: in its body, after 20 of 100 bytes" */
void late_describe(const struct late *late, uint64_t limit_ns, char *text, size_t size);

enum { LATE_TEXT = 160 };

#endif
