/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The JSON of --calibration. Input: the file. */
#include <math.h>

#include "fuzz.h"
#include "report/ceiling.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run_facts here = {.cpu_count = 2, .usable_cpus = 2, .cpu_model = "here", .kernel = "6.1"};
	struct vastar_error err = {.text = ""};
	struct ceiling ceiling;
	const struct ceiling_row *best;

	if (ceiling_parse(&ceiling, "input", (const char *)data, size, &err)) {
		MUST(err.status == VASTAR_E_USAGE && *err.text);
		MUST(!ceiling.rows && !ceiling.count);
		return 0;
	}
	MUST(ceiling.count > 0 && ceiling.count <= CEILING_ROWS_MAX);
	best = ceiling_best(&ceiling);
	for (uint32_t i = 0; i < ceiling.count; i++) {
		MUST(ceiling.rows[i].rps > 0 && isfinite(ceiling.rows[i].rps));
		MUST(ceiling.rows[i].rps <= best->rps);
		MUST(ceiling.rows[i].workers > 0 && ceiling.rows[i].concurrency > 0);
	}
	MUST(memchr(ceiling_departure(&ceiling, &here).s, '\0', sizeof(struct ceiling_note)));
	ceiling_free(&ceiling);
	return 0;
}
