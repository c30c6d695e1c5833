/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The JSON of --ref-from-json. Input: the file. */
#include <math.h>

#include "fuzz.h"
#include "sweep/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reference reference;
	struct vastar_error err = {.text = ""};

	if (reference_parse(&reference, "input", (const char *)data, size, &err)) {
		MUST(err.status == VASTAR_E_USAGE && *err.text);
		return 0;
	}
	MUST(reference.levels.count > 0 && reference.levels.count <= LEVELS_MAX);
	MUST(memchr(reference.url, '\0', sizeof(reference.url)));
	MUST(memchr(reference.method, '\0', sizeof(reference.method)));
	MUST(memchr(reference.cpu_model, '\0', sizeof(reference.cpu_model)));
	for (unsigned i = 0; i < reference.levels.count; i++) {
		MUST(reference.figures[i].rps >= 0 && isfinite(reference.figures[i].rps));
		MUST(reference.figures[i].p99_s >= 0 && isfinite(reference.figures[i].p99_s));
		MUST(reference_find(&reference, reference.levels.c[i], false) == (int)i);
		MUST(reference_find(&reference, reference.levels.c[i], true) == (int)i);
	}
	return 0;
}
