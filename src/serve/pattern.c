/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/pattern.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>

/* 64 bytes without a newline, so that an event stream can carry any part of it. */
static const char period[] = "Hello, world! The quick brown fox jumps over the lazy dog. 12345";

_Static_assert(sizeof(period) - 1 == PATTERN_PERIOD, "the period of the pattern");

static char pattern_bytes[PATTERN_BYTES + PATTERN_PERIOD];
static pthread_once_t pattern_once = PTHREAD_ONCE_INIT;

static void pattern_fill(void)
{
	for (size_t i = 0; i < sizeof(pattern_bytes); i += PATTERN_PERIOD)
		memcpy(pattern_bytes + i, period, PATTERN_PERIOD);
}

const char *pattern(void)
{
	pthread_once(&pattern_once, pattern_fill);
	return pattern_bytes;
}
