/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/utf8.h"

#include <string.h>

/* How far it is ASCII, eight bytes at a time. */
static const uint8_t *skip_ascii(const uint8_t *at, const uint8_t *end)
{
	uint64_t eight;

	for (; end - at >= (long)sizeof(eight); at += sizeof(eight)) {
		memcpy(&eight, at, sizeof(eight));
		if (eight & 0x8080808080808080u)
			break;
	}
	while (at < end && *at < 0x80)
		at++;
	return at;
}

/* The first byte of a character that has more than one. The bounds of the second exclude longer forms of a
 * shorter character, the surrogates, and what is above U+10FFFF. */
static bool begin(struct utf8 *utf8, uint8_t byte)
{
	utf8->low = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
	utf8->high = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
	utf8->left = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
	return byte >= 0xc2 && byte <= 0xf4;
}

bool utf8_feed(struct utf8 *utf8, const uint8_t *bytes, size_t length)
{
	const uint8_t *at = bytes, *end = bytes + length;

	while (at < end) {
		if (utf8->left) {
			if (*at < utf8->low || *at > utf8->high)
				return false;
			utf8->low = 0x80;
			utf8->high = 0xbf;
			utf8->left--;
			at++;
			continue;
		}
		at = skip_ascii(at, end);
		if (at < end && !begin(utf8, *at++))
			return false;
	}
	return true;
}
