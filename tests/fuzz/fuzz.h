/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the fuzz targets share. A target is a file with one LLVMFuzzerTestOneInput(); tests/fuzz/meson.build
 * tells how it is run. */
#ifndef VASTAR_TESTS_FUZZ_H
#define VASTAR_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An assert that no NDEBUG takes away. */
#define MUST(condition)                                                                                      \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);              \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

/* A string of its own, exactly as long as it says, so that a read past its end is seen. The caller's to
 * free. */
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
