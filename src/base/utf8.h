/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Is it UTF-8 (RFC 3629)? Takes text in pieces and finds the first byte that cannot be part of any. */
#ifndef VASTAR_BASE_UTF8_H
#define VASTAR_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* {0} is the beginning of a text. */
struct utf8 {
	uint8_t left;	   /* bytes that are missing of a character */
	uint8_t low, high; /* what the next of them may be */
};

/* False: the text is no UTF-8, whatever follows. */
bool utf8_feed(struct utf8 *utf8, const uint8_t *bytes, size_t length);

/* No character is incomplete. */
static inline bool utf8_complete(const struct utf8 *utf8)
{
	return !utf8->left;
}

#endif
