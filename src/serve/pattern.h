/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The bytes of long bodies: one short pattern over and over. */
#ifndef VASTAR_SERVE_PATTERN_H
#define VASTAR_SERVE_PATTERN_H

enum {
	PATTERN_PERIOD = 64,	 /* byte i of every body is byte i % 64 of it */
	PATTERN_BYTES = 1 << 16, /* contiguous, from any offset below the period */
};

/* PATTERN_BYTES + PATTERN_PERIOD bytes, shared by all. */
const char *pattern(void);

#endif
