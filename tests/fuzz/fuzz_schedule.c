/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* --stages and --ramp, and --burst after a '!'. Input: the text. */
#include "fuzz.h"
#include "plan/arrivals.h"

/* Reads the schedule forwards: its instants never decrease. */
static void check_instants(const struct schedule *schedule, enum arrivals_kind kind)
{
	struct arrivals arrivals;
	uint64_t last_ns = 0;

	arrivals_init(&arrivals, kind, schedule, 1, 0, 0, 1);
	for (int i = 0; i < 100 && arrivals.next_ns != UINT64_MAX; i++) {
		MUST(arrivals.next_ns >= last_ns);
		MUST(schedule_stage_at(schedule, arrivals.next_ns) < schedule->stage_count);
		last_ns = arrivals.next_ns;
		arrivals_take(&arrivals);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct vastar_error err = {.text = ""};
	struct schedule schedule;
	int rc = *text == '!' ? schedule_parse_burst(text + 1, &schedule, &err)
			      : schedule_parse(text, "stages", &schedule, &err);

	if (rc) {
		MUST(err.status == VASTAR_E_USAGE && *err.text);
	} else {
		MUST(schedule.stage_count >= 1 && schedule.stage_count <= SCHEDULE_STAGES_MAX);
		for (int kind = 0; kind < ARRIVALS_KINDS; kind++)
			check_instants(&schedule, (enum arrivals_kind)kind);
		schedule_warm_up(&schedule, 1000000000);
		check_instants(&schedule, ARRIVALS_CONSTANT);
	}
	free(text);
	return 0;
}
