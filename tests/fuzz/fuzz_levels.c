/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* --conc. Input: the text. */
#include "fuzz.h"
#include "sweep/levels.h"

enum { MOST = 200000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct vastar_error err = {.text = ""};
	struct levels levels;

	if (levels_parse(&levels, text, MOST, &err)) {
		MUST(err.status == VASTAR_E_USAGE && *err.text);
	} else {
		struct levels finer;

		MUST(levels.automatic == !levels.count && levels.count <= LEVELS_MAX);
		for (unsigned i = 0; i < levels.count; i++) {
			MUST(levels.c[i] >= 1 && levels.c[i] <= MOST);
			MUST(!i || levels.c[i] > levels.c[i - 1]);
			levels_refine(&finer, levels.c[i], 6, MOST, &levels);
			for (unsigned k = 0; k < finer.count; k++)
				MUST(finer.c[k] >= 1 && finer.c[k] <= MOST &&
				     !levels_has(&levels, finer.c[k]));
		}
	}
	free(text);
	return 0;
}
