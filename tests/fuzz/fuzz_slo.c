/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* --slo-target. Input: the text. */
#include "fuzz.h"
#include "plan/slo_target.h"

/* Parsed targets, formatted and parsed again, must be equal. */
static void must_read_again(const struct slo_targets *targets)
{
	struct slo_targets again;
	char spec[SLO_TARGETS_MAX * 40];
	size_t used = 0;

	for (unsigned i = 0; i < targets->count; i++)
		used += (size_t)snprintf(spec + used, sizeof(spec) - used, "%s%s=%lluns", i ? "," : "",
					 targets->targets[i].name,
					 (unsigned long long)targets->targets[i].limit_ns);
	MUST(!slo_targets_parse(&again, spec, NULL) && again.count == targets->count);
	for (unsigned i = 0; i < targets->count; i++) {
		MUST(!strcmp(again.targets[i].name, targets->targets[i].name));
		MUST(again.targets[i].percent == targets->targets[i].percent);
		MUST(again.targets[i].limit_ns == targets->targets[i].limit_ns);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct vastar_error err = {.text = ""};
	struct slo_targets targets;

	if (slo_targets_parse(&targets, text, &err)) {
		MUST(err.status == VASTAR_E_USAGE && *err.text);
	} else {
		MUST(slo_targets_any(&targets) && targets.count <= SLO_TARGETS_MAX);
		for (unsigned i = 0; i < targets.count; i++) {
			const struct slo_target *t = &targets.targets[i];

			MUST(t->limit_ns > 0 && t->percent > 0 && t->percent < 100);
			MUST(memchr(t->name, '\0', sizeof(t->name)));
			MUST(!i || (t->percent > t[-1].percent && t->limit_ns >= t[-1].limit_ns));
		}
		for (unsigned i = 0; i < SLO_RATES; i++) {
			const struct slo_rate *r = &targets.rates[i];

			MUST(!r->set || (r->limit >= 0 && (i != SLO_ERRORS || r->limit <= 1)));
			MUST(!r->set || i == SLO_ERRORS || r->limit > 0);
		}
		if (targets.count)
			must_read_again(&targets);
	}
	free(text);
	return 0;
}
