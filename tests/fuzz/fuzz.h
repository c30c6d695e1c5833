/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Shared by the fuzz targets. A target is a file with one LLVMFuzzerTestOneInput(). tests/fuzz/meson.build
 * explains how to run it. */
#ifndef VASTAR_TESTS_FUZZ_H
#define VASTAR_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An assert that NDEBUG does not disable. */
#define MUST(condition)                                                                                      \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);              \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

/* A copy with exactly this length, so that a read beyond its end is detected. The caller frees it. */
static inline char *fuzz_string(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	MUST(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
