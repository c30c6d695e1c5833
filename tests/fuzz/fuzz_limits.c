/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* --max-regression. Input: its argument. */
#include <math.h>

#include "fuzz.h"
#include "report/saved/change.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct vastar_error err = {.text = ""};
	struct limits limits;
	int set = 0;

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (limits_parse(&limits, text, &err)) {
		MUST(err.status == VASTAR_E_USAGE && *err.text);
	} else {
		for (int i = 0; i < FIGURES; i++) {
			set += !isnan(limits.most[i]);
			MUST(!(limits.most[i] < 0));
			MUST(!figures[i].more_is_better || !(limits.most[i] >= 1));
		}
		MUST(limits.any && set > 0);
	}
	free(text);
	return 0;
}
