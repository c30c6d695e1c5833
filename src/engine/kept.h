/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Bytes of a response that are kept beyond their receive. Grows to the longest so far, then allocates
 * nothing. */
#ifndef VASTAR_ENGINE_KEPT_H
#define VASTAR_ENGINE_KEPT_H

#include <stdbool.h>
#include <stddef.h>

/* All zero: nothing is kept. */
struct kept {
	char *bytes; /* owned; a byte 0 is behind them; NULL: none yet */
	size_t length, room;
};

/* Adds bytes, as many as fit into `most` in all. False: out of memory. */
bool kept_add(struct kept *kept, const char *bytes, size_t length, size_t most);
void kept_free(struct kept *kept);

static inline const char *kept_text(const struct kept *kept)
{
	return kept->bytes ? kept->bytes : "";
}

#endif
